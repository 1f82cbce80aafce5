//! Setting one entry of a map such as `ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "TLSv1.2")`.

use std::ops::Range;

use crate::config::lighttpd::edit::{line, quoted};
use crate::config::lighttpd::file::Splice;
use crate::config::lighttpd::scope::Assigned;
use crate::config::lighttpd::syntax::{Element, List, Operator, Term};
use crate::config::lighttpd::value::{entry, same};
use crate::config::lighttpd::{Change, Configuration, Data};
use crate::error::LighttpdError;

impl Configuration {
    /// Makes `value` the value of an entry of `key`; the other entries stay. Written into the list that is
    /// there, or as a line of its own where there is none or an included file has it.
    pub(crate) fn set_entry(
        &mut self,
        key: &str,
        name: &str,
        value: &str,
    ) -> Result<Change, LighttpdError> {
        let wanted = &Wanted::of(key, name, value)?;
        let is_wanted = |data: &Data| wanted.is_in(data);
        self.refuse_winning_condition(key, is_wanted)?;
        let proof = |data: Option<&Data>| data.is_some_and(is_wanted);
        let pair = [&wanted.name[..], b" => ", &wanted.value].concat();
        let list = [b"( ", pair.as_slice(), b" )"].concat();
        let Some((data, last)) = self.last(key) else {
            // `+=` keeps the entries that a program may have set.
            let operator = self.operator_of_new().replace(':', "+");
            let line = line(key, &operator, &list);
            return self.insert(key, self.place_of_new(key), &line, &proof);
        };
        if is_wanted(&data) {
            return Ok(Change::Unchanged(self.position(last.place())));
        }
        let Data::List(entries) = &data else {
            let (key, at) = (key.to_owned(), self.original_position(last.place()));
            return Err(LighttpdError::NotAMap { key, at });
        };
        let is_there = entry(entries, name.as_bytes()).is_some();
        let (span, text) = match self.written_at(key, name) {
            Some((_, span)) if is_there => (span, wanted.value.clone()),
            _ if !is_there && last.file == 0 => addition(&last, &pair),
            _ if !is_there => {
                let place = self.place_below_includes(key);
                return self.insert(key, place, &line(key, "+=", &list), &proof);
            }
            _ => return self.replace_map(wanted, entries, &last, &proof),
        };
        let start = span.start;
        self.take_over(key, vec![Splice { span, new: text }], &proof)?;
        Ok(Change::Changed(self.main().at(start)))
    }

    /// Where the main file has the entry, in whichever statement of those that make the value.
    fn written_at(&self, key: &str, name: &str) -> Option<(Assigned, Range<usize>)> {
        let own = self.entry(key)?.chain().iter().filter(|it| it.file == 0);
        let mut elements = own.flat_map(|it| lists(it).flat_map(move |list| with(it, list)));
        elements.find_map(|(assigned, element)| {
            let written = &element.name.as_ref()?.terms;
            let is_it = matches!(written.as_slice(), [Term::Text(it)] if same(it, name.as_bytes()));
            is_it.then(|| (assigned.clone(), element.value.span.clone()))
        })
    }

    /// Writes the whole map anew, where the entry comes out of a variable or an included file.
    fn replace_map(
        &mut self,
        wanted: &Wanted<'_>,
        entries: &[(Option<Vec<u8>>, Data)],
        last: &Assigned,
        proof: &dyn Fn(Option<&Data>) -> bool,
    ) -> Result<Change, LighttpdError> {
        let key = wanted.key;
        let Some(map) = wanted.map(entries) else {
            let (key, at) = (key.to_owned(), self.original_position(last.place()));
            return Err(LighttpdError::NotAMap { key, at });
        };
        if last.file == 0 && last.assignment.operator != Operator::Add {
            let span = last.assignment.value.span.clone();
            self.take_over(key, vec![Splice { span, new: map }], proof)?;
            return Ok(Change::Changed(self.position(last.place())));
        }
        let place = self.place_below_includes(key);
        self.insert(key, place, &line(key, ":=", &map), proof)
    }
}

/// What [`Configuration::set_entry`] was asked for, in quotes as it is written and without.
struct Wanted<'a> {
    key: &'a str,
    plain: (&'a str, &'a str),
    name: Vec<u8>,
    value: Vec<u8>,
}

impl<'a> Wanted<'a> {
    fn of(key: &'a str, name: &'a str, value: &'a str) -> Result<Self, LighttpdError> {
        let inexpressible = || LighttpdError::Inexpressible {
            key: key.to_owned(),
        };
        Ok(Self {
            key,
            plain: (name, value),
            name: quoted(name.as_bytes()).ok_or_else(inexpressible)?,
            value: quoted(value.as_bytes()).ok_or_else(inexpressible)?,
        })
    }

    fn is_in(&self, data: &Data) -> bool {
        let Data::List(entries) = data else {
            return false;
        };
        let found = entry(entries, self.plain.0.as_bytes());
        matches!(found, Some(Data::Text(text)) if text == self.plain.1.as_bytes())
    }

    /// The whole map with the wanted value; none if an entry cannot be written.
    fn map(&self, entries: &[(Option<Vec<u8>>, Data)]) -> Option<Vec<u8>> {
        let pairs = entries.iter().map(|(name, value)| {
            let name = name.as_ref()?;
            let value = match value {
                _ if same(name, self.plain.0.as_bytes()) => self.value.clone(),
                Data::Text(text) => quoted(text)?,
                Data::Integer(number) => number.to_string().into_bytes(),
                Data::List(_) | Data::Unknown => return None,
            };
            Some([&quoted(name)?[..], b" => ", &value].concat())
        });
        let pairs: Vec<Vec<u8>> = pairs.collect::<Option<_>>()?;
        Some([b"( ", pairs.join(b", ".as_slice()).as_slice(), b" )"].concat())
    }
}

fn lists(assigned: &Assigned) -> impl Iterator<Item = &List> {
    let terms = assigned.assignment.value.terms.iter();
    terms.filter_map(|term| match term {
        Term::List(list) => Some(list),
        Term::Integer(_) | Term::Text(_) | Term::Variable { .. } => None,
    })
}

fn with<'a>(
    assigned: &'a Assigned,
    list: &'a List,
) -> impl Iterator<Item = (&'a Assigned, &'a Element)> {
    list.elements.iter().map(move |element| (assigned, element))
}

/// Where another entry goes into an assignment, and as what text.
fn addition(assigned: &Assigned, pair: &[u8]) -> (Range<usize>, Vec<u8>) {
    let end = assigned.assignment.value.span.end;
    let (place, text) = match lists(assigned).last() {
        None => (end, [b" + ( ", pair, b" )"].concat()),
        Some(list) => match list.elements.last() {
            None => (list.start + 1, pair.to_vec()),
            Some(last) => (last.value.span.end, [b", ", pair].concat()),
        },
    };
    (place..place, text)
}
