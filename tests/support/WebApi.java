// The stand-in for Deephaven's Web API Service: an HTTPS server that takes keystore, passphrase file and
// port from property files, as `java -cp FOLDER WebApi [--keep-first COPY] [--address IP] FILE.prop ...`.
//
// --address IP: listens there instead of on 127.0.0.1.
// --keep-first COPY: keeps serving the keystore of its first start, which it copies to COPY; a server
// that never takes the new one. On a Java without the module jdk.httpserver it answers over a bare socket.

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

public final class WebApi {
    public static void main(String[] arguments) throws Exception {
        String keepFirst = null;
        String address = "127.0.0.1";
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--keep-first")) {
                keepFirst = arguments[++i];
            } else if (arguments[i].equals("--address")) {
                address = arguments[++i];
            } else {
                read(Paths.get(arguments[i]), properties);
            }
        }
        Path keystore = Paths.get(required(properties, "WebServer.tls.keystore"));
        if (keepFirst != null) {
            Path copy = Paths.get(keepFirst);
            if (!Files.exists(copy)) {
                Files.copy(keystore, copy);
            }
            keystore = copy;
        }
        char[] passphrase = passphrase(Paths.get(required(properties, "WebServer.tls.passphrase.file")));
        int port = Integer.parseInt(properties.getOrDefault("Webapi.server.port", "8123").trim());
        serve(context(keystore, passphrase), InetAddress.getByName(address), port);
        System.out.println("INFO serving " + keystore + " on port " + port);
    }

    // The last assignment wins. Scopes, continuations and escapes are not for this stand-in.
    private static void read(Path file, Map<String, String> properties) throws Exception {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        for (String line : text.split("\r\n|\r|\n")) {
            int separator = line.indexOf('=');
            if (separator > 0 && !line.trim().startsWith("#") && !line.trim().startsWith("[")) {
                properties.put(line.substring(0, separator).trim(), line.substring(separator + 1));
            }
        }
    }

    // A blank after the path stays in the value, as with Deephaven's own parser.
    private static String required(Map<String, String> properties, String key) {
        String value = properties.get(key);
        if (value == null) {
            throw new IllegalArgumentException("no property " + key);
        }
        return value.replaceAll("^\\s+", "");
    }

    // As $(base64 -d FILE) of a shell: trailing newlines go.
    private static char[] passphrase(Path file) throws Exception {
        byte[] decoded = Base64.getMimeDecoder().decode(Files.readAllBytes(file));
        int length = decoded.length;
        while (length > 0 && decoded[length - 1] == '\n') {
            length--;
        }
        return new String(Arrays.copyOf(decoded, length), StandardCharsets.US_ASCII).toCharArray();
    }

    private static SSLContext context(Path keystore, char[] passphrase) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(keystore.toFile())) {
            store.load(in, passphrase);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, passphrase);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static void serve(SSLContext context, InetAddress address, int port) throws Exception {
        if (ModuleLayer.boot().findModule("jdk.httpserver").isPresent()) {
            Https.serve(context, new InetSocketAddress(address, port));
        } else {
            Bare.serve(context.getServerSocketFactory().createServerSocket(port, 50, address));
        }
    }

    private static final byte[] BODY = "Web API\n".getBytes(StandardCharsets.US_ASCII);

    private static final class Https {
        static void serve(SSLContext context, InetSocketAddress address) throws Exception {
            HttpsServer server = HttpsServer.create(address, 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, BODY.length);
                exchange.getResponseBody().write(BODY);
                exchange.close();
            });
            server.start();
        }
    }

    private static final class Bare {
        static void serve(ServerSocket server) {
            new Thread(() -> {
                while (true) {
                    try (Socket socket = server.accept()) {
                        socket.setSoTimeout(5000);
                        socket.getInputStream().read();
                        String head = "HTTP/1.0 200 OK\r\nContent-Length: " + BODY.length + "\r\n\r\n";
                        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                        socket.getOutputStream().write(BODY);
                    } catch (Exception handshakeOrReadFailed) {
                        System.out.println("WARN " + handshakeOrReadFailed);
                    }
                }
            }).start();
        }
    }
}
