// Loads keystores as a server does: `java Keystores` reads lines of PATH, a tab, PASSPHRASE, and says for
// each whether it opens, with what in it, or why not. keytool does no more than this load.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

public final class Keystores {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.split("\t", -1);
            System.out.println(verdict(fields[0], fields[1].toCharArray()));
        }
    }

    private static String verdict(String path, char[] passphrase) {
        try (InputStream file = new FileInputStream(path)) {
            KeyStore keystore = KeyStore.getInstance("PKCS12");
            keystore.load(file, passphrase);
            List<String> entries = new ArrayList<>();
            for (String alias : Collections.list(keystore.aliases())) {
                entries.add(entry(keystore, alias, passphrase));
            }
            Collections.sort(entries);
            return "opens: " + String.join(" ", entries);
        } catch (Exception error) {
            // What KeyStore.load promises of a wrong password.
            boolean wrong = error.getCause() instanceof UnrecoverableKeyException;
            return wrong ? "wrong passphrase" : "fails: " + error.getMessage();
        }
    }

    private static String entry(KeyStore keystore, String alias, char[] passphrase)
            throws Exception {
        List<String> certificates = new ArrayList<>();
        boolean isKey = keystore.isKeyEntry(alias);
        if (isKey) {
            getKey(keystore, alias, passphrase);
            Certificate[] chain = keystore.getCertificateChain(alias);
            for (Certificate certificate : chain == null ? new Certificate[0] : chain) {
                certificates.add(fingerprint(certificate));
            }
        } else {
            certificates.add(fingerprint(keystore.getCertificate(alias)));
        }
        String kind = isKey ? "key" : "certificate";
        String name = alias.toLowerCase(Locale.ROOT).replace(' ', '_').replace("\0", "\\0");
        return kind + ":" + name + ":" + String.join(",", certificates);
    }

    /** Some Javas here have no elliptic curves: then the key was decrypted all the same. */
    private static void getKey(KeyStore keystore, String alias, char[] passphrase)
            throws Exception {
        try {
            keystore.getKey(alias, passphrase);
        } catch (UnrecoverableKeyException error) {
            if (!(error.getCause() instanceof NoSuchAlgorithmException)) {
                throw error;
            }
        }
    }

    private static String fingerprint(Certificate certificate) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        StringBuilder text = new StringBuilder();
        for (byte one : hash) {
            text.append(String.format("%02x", one));
        }
        return text.substring(0, 16);
    }
}
