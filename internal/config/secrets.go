package config

import (
	"fmt"
	"strings"
	"unicode"
)

// secretEntry is a secret of a list, with its place.
type secretEntry struct {
	secret string
	place  string // "number 2" in a variable, "line 2" in a file
}

// secretList is the content of a variable or a file with secrets.
type secretList struct {
	live     []secretEntry
	comments []secretEntry // lines of a file that begin with #, without the #
	padded   []string      // places of secrets with spaces around them; the spaces are dropped
}

// splitSecrets reads a list separated by commas.
func splitSecrets(text string) secretList {
	var list secretList
	for i, item := range split(text, func(r rune) bool { return r == ',' }) {
		list.live = append(list.live, secretEntry{item, fmt.Sprintf("number %d", i+1)})
	}
	return list
}

// readSecretLines reads the content of a file with one secret per line. It skips empty lines and
// lines that begin with #, as in htpasswd files.
func readSecretLines(content string) secretList {
	var list secretList
	n := 0
	for line := range strings.Lines(content) {
		n++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		e := secretEntry{strings.TrimSpace(line), fmt.Sprintf("line %d", n)}
		switch comment, isComment := strings.CutPrefix(e.secret, "#"); {
		case e.secret == "":
		case isComment:
			list.comments = append(list.comments, secretEntry{comment, e.place})
		default:
			if e.secret != line {
				list.padded = append(list.padded, e.place)
			}
			list.live = append(list.live, e)
		}
	}
	return list
}

// uncomment turns comments into secrets if the list has no other secret and a comment looks like
// one. In earlier versions, # had no special meaning, so a secret in a file may begin with it. An
// upgrade must not stop the service. A file with comments only is never meant: without secrets,
// nobody sets the variable.
func (s *secretList) uncomment() {
	if len(s.live) > 0 {
		return
	}
	for _, c := range s.comments {
		if secret := "#" + c.secret; isWord(secret) && len(secret) >= minSecretChars {
			s.live = append(s.live, secretEntry{secret, c.place})
		}
	}
}

// secretsName is the variable that holds the secrets of the hook.
const secretsName = Prefix + "HOOK_SECRETS"

// minSecretChars is the least length of a secret. The tag of [Hook.Secrets] has the same number.
const minSecretChars = 16

// secretWarnings returns warnings about faulty secrets with which a running service may go on.
func secretWarnings(v Variable, variable, header string, list secretList) []Warning {
	var warnings []Warning
	refuse := func(place, got string) {
		f := Fault{Variable: variable, Got: got + " (" + place + ")", Wanted: v.Wanted, Remedy: secretRemedy(v)}
		warnings = append(warnings, f.Tolerated())
	}
	for _, e := range list.live {
		switch {
		case len(e.secret) < minSecretChars || !isVisible(e.secret): // another rule reports these
		case e.secret[0] == '#':
			refuse(e.place, "a secret that begins with #, which makes the line a comment as soon as there is another secret")
		default:
			if fault := weakness(e.secret, header); fault != "" {
				refuse(e.place, "a secret that "+fault)
			}
		}
	}
	for _, c := range list.comments {
		if len(list.live) > 0 && list.live[0].secret[0] != '#' && looksRandom(c.secret, header) {
			refuse(c.place, "a comment that looks like a secret: it is not in use; remove the line or, if it is not a secret, begin it with # and a blank")
		}
	}
	if len(list.padded) > 0 {
		warnings = append(warnings, Warning{Variable: variable, Text: "blanks around secrets are left out (" + strings.Join(list.padded, ", ") + ")"})
	}
	return warnings
}

// looksRandom reports whether a comment may be a secret that begins with #.
func looksRandom(comment, header string) bool {
	return len(comment) >= minSecretChars-1 && isWord(comment) && weakness(comment, header) == "" &&
		strings.ContainsFunc(comment, unicode.IsDigit) && strings.ContainsFunc(comment, unicode.IsLetter)
}

// isVisible reports whether text is ASCII from space to tilde, as in the rule printascii.
func isVisible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// ReadSecrets reads a file with one secret per line, by the rules of HOOK_SECRETS_FILE. Use it when
// that file changes while the service runs. header is the header in which Okta sends the secrets.
// atStart says that the file is read as [Load] reads it: if there is no other secret, a line that
// begins with # may be one. The warnings say what [Strict] refuses. The error is an [*Error].
func ReadSecrets(path, header string, atStart bool) ([]Secret, []Warning, error) {
	content, err := ReadFile(path)
	if err != nil {
		return nil, nil, &Error{Faults: []Fault{{Variable: secretsName + fileSuffix, Got: quotePath(path) + ": " + err.Error(), Wanted: "a file that the service can read"}}}
	}
	l := newLoader(nil)
	l.from[secretsName] = true
	l.secrets = readSecretLines(string(content))
	if atStart {
		l.secrets.uncomment()
	}
	h := Hook{Secrets: l.secrets.values()}
	r := newRules()
	if faults := r.faults(r.validate.StructPartial(&h, "Secrets"), l); len(faults) > 0 {
		return nil, nil, &Error{Faults: faults}
	}
	return h.Secrets, secretWarnings(l.table[l.index[secretsName]], secretsName+fileSuffix, header, l.secrets), nil
}

func (s *secretList) values() Secrets {
	var values Secrets
	for _, e := range s.live {
		values = append(values, Secret(e.secret))
	}
	return values
}
