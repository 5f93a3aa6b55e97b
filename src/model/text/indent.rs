//! JSON with a line a member and nothing else changed: neither the order of members nor the form of a number, which a
//! reader into values and back would change.

use std::iter::Peekable;
use std::str::Chars;

/// `json`, which is valid, a line a member.
pub(crate) fn indented(json: &str) -> String {
    let mut writer = Writer { out: String::with_capacity(json.len() * 2), depth: 0 };
    let mut rest = json.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => writer.string(&mut rest),
            '{' | '[' => writer.open(c, &mut rest),
            '}' | ']' => writer.close(c),
            ',' => writer.line_after(","),
            ':' => writer.out.push_str(": "),
            c if c.is_whitespace() => {}
            c => writer.out.push(c),
        }
    }
    writer.out
}

struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    /// The rest of a string, as it stands.
    fn string(&mut self, rest: &mut Peekable<Chars<'_>>) {
        self.out.push('"');
        let mut escaped = false;
        for c in rest {
            self.out.push(c);
            if c == '"' && !escaped {
                return;
            }
            escaped = c == '\\' && !escaped;
        }
    }

    fn open(&mut self, bracket: char, rest: &mut Peekable<Chars<'_>>) {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
            self.out.extend([bracket, end]);
            return;
        }
        self.depth += 1;
        self.line_after(bracket.encode_utf8(&mut [0; 4]));
    }

    fn close(&mut self, bracket: char) {
        self.depth = self.depth.saturating_sub(1);
        self.line_after("");
        self.out.push(bracket);
    }

    fn line_after(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
        self.out.push_str(&"  ".repeat(self.depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn members_get_a_line_each_and_stay_as_they_are() {
        let json = r#"{"b":12345678901234567890123, "a":[ ],"s":"{\"x\\\": [1,2]}","l":[1.0,{}]}"#;
        let lines = [
            "{",
            r#"  "b": 12345678901234567890123,"#,
            r#"  "a": [],"#,
            r#"  "s": "{\"x\\\": [1,2]}","#,
            r#"  "l": ["#,
            "    1.0,",
            "    {}",
            "  ]",
            "}",
        ];
        assert_eq!(indented(json), lines.join("\n"));
    }

    proptest! {
        #[test]
        fn the_value_stays_the_same(a in any::<String>(), b in any::<String>(), n in any::<i64>(), x in any::<f64>()) {
            let value = serde_json::json!({ a.clone(): [n, { b.clone(): x }, []], "in": [a, b, null, true] });
            // Read once before, since reading rounds some numbers by a digit.
            let text = value.to_string();
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            prop_assert_eq!(read(&indented(&text)), read(&text));
        }
    }
}
