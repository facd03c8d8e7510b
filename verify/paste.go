package verify

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"

	"pschook/internal/outside"
	"pschook/verify/words"
)

// The members of a token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
const (
	memberID     = "id_token"
	memberAccess = "access_token"
)

// pasted is the result of looking for a token in a copied text.
type pasted struct {
	token string
	other string       // the other token, if the text holds both
	notes []words.Text // what was removed around the token
	err   error        // what the text is, if it holds no token; token is then ""
}

// unwrap finds the wanted token in a copied text: a token response, an Authorization header, a URL
// with the token in query or fragment, a line of a file, with quotes and line breaks around or
// within it. It only removes what no token holds, and the result is parsed as strictly as any
// token. member says which token is wanted.
func unwrap(text, member string) pasted {
	p := pasted{token: trimCopy(text)}
	for _, step := range []func(*pasted, string){unwrapHeader, unwrapObject, unwrapAddress, unwrapLine, unwrapHeader, unwrapBreaks} {
		if step(&p, member); p.err != nil {
			p.token = ""
			return p
		}
		p.token = trimCopy(p.token)
	}
	return p
}

// trimCopy removes what copying adds at both ends: spaces, invisible characters, and pairs of
// quotes.
func trimCopy(text string) string {
	const invisible = " \t\r\n\u00a0\u200b\u200c\u200d\u2060\ufeff"
	text = strings.Trim(text, invisible)
	text = strings.TrimRight(text, ",;"+invisible)
	for _, quotes := range []string{`""`, `''`, "``", "“”", "«»"} {
		q := []rune(quotes)
		if inner, ok := strings.CutPrefix(text, string(q[0])); ok && strings.HasSuffix(inner, string(q[1])) {
			return trimCopy(strings.TrimSuffix(inner, string(q[1])))
		}
	}
	return text
}

// unwrapHeader takes the token from an Authorization header (RFC 6750 §2.1, RFC 9449 §7.1), even
// within a command.
func unwrapHeader(p *pasted, _ string) {
	m := regexp.MustCompile(`(?is)^(?:authorization\s*:\s*)?(bearer|dpop|basic)\s+(.+)$`).FindStringSubmatch(p.token)
	if m == nil {
		m = regexp.MustCompile(`(?i)authorization\s*:\s*(bearer|dpop|basic)\s+([A-Za-z0-9._~+/=-]+)`).FindStringSubmatch(p.token)
	}
	switch {
	case m == nil:
	case strings.EqualFold(m[1], "basic"):
		p.err = &parseError{kind: "basic"}
	default:
		p.token = m[2]
		p.notes = append(p.notes, words.Say("The word %s before it was left out.", "Le mot %s qui le précède a été laissé de côté.", m[1]))
	}
}

// unwrapObject takes the token from a token response.
func unwrapObject(p *pasted, member string) {
	if !strings.HasPrefix(p.token, "{") {
		return
	}
	o, err := outside.ParseObject([]byte(p.token))
	if err != nil { // a terminal may have broken its lines, even within texts
		o, err = outside.ParseObject([]byte(strings.NewReplacer("\r", "", "\n", "").Replace(p.token)))
	}
	if err != nil {
		return // it may be only a part: unwrapLine looks for the member
	}
	if _, failed := o.Text("error"); failed == outside.Present {
		p.err = &parseError{kind: "error_response", detail: words.Shorten(strings.TrimSpace(o.Show("error")+" "+o.Show("error_description")), shownRunes)}
		return
	}
	token, found := o.Text(member)
	if found != outside.Present {
		p.err = objectInstead(o)
		return
	}
	p.token = token
	p.other, _ = o.Text(otherMember(member))
	p.notes = append(p.notes, words.Say("It was taken out of a token response (member %s).", "Il a été extrait d'une réponse du point d'accès aux jetons (membre %s).", member))
}

func otherMember(member string) string {
	if member == memberID {
		return memberAccess
	}
	return memberID
}

// objectInstead says what an object without the wanted token is.
func objectInstead(o outside.Object) *parseError {
	switch {
	case o.Has(memberID) || o.Has(memberAccess) || o.Has("token_type"):
		return &parseError{kind: "not_in_response"}
	case o.Has("keys"):
		return &parseError{kind: "key_set"}
	case o.Has("sub") || o.Has("iss"):
		return &parseError{kind: "claims"}
	}
	return &parseError{kind: "object", detail: words.Shorten(strings.Join(o.Names, ", "), shownRunes)}
}

// unwrapAddress takes the token from a URL, a fragment, or a form: from the parameters of the
// answer to the browser.
func unwrapAddress(p *pasted, member string) {
	text := p.token
	if i := strings.IndexAny(text, "#?"); i >= 0 && strings.Contains(text[:i], "://") || i == 0 {
		text = text[i+1:]
		text = strings.Replace(text, "#", "&", 1)
	}
	if strings.ContainsAny(text, " \t\"{") || !strings.Contains(text, "=") {
		return
	}
	values, err := url.ParseQuery(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return
	}
	switch {
	case values.Get(member) != "":
		p.token, p.other = values.Get(member), values.Get(otherMember(member))
		p.notes = append(p.notes, words.Say("It was taken out of an address or form (parameter %s).", "Il a été extrait d'une adresse ou d'un formulaire (paramètre %s).", member))
	case values.Get("error") != "":
		p.err = &parseError{kind: "error_response", detail: words.Shorten(values.Get("error")+" "+values.Get("error_description"), shownRunes)}
	case values.Get("code") != "":
		p.err = &parseError{kind: "code"}
	case values.Has(otherMember(member)):
		p.err = &parseError{kind: "not_in_response"}
	}
}

// unwrapLine takes the token from a line such as "id_token": "…", ID_TOKEN=… or id_token: …, even
// among other lines.
func unwrapLine(p *pasted, member string) {
	value := func(name string) (string, bool) {
		m := regexp.MustCompile(`(?is)(?:^|[^a-z_])` + name + `["']?\s*[:=]\s*(?:"([^"]*)"?|'([^']*)'?|([^"'&,;{}]+))`).FindStringSubmatch(p.token)
		if m == nil {
			return "", false
		}
		if next := regexp.MustCompile(`(?i)\s["']?[a-z_]+["']?\s*[:=]`).FindStringIndex(m[3]); next != nil {
			m[3] = m[3][:next[0]] // another name with its value
		}
		return m[1] + m[2] + m[3], true
	}
	token, found := value(member)
	if !found {
		return
	}
	other, _ := value(otherMember(member))
	p.token, p.other = token, other
	p.notes = append(p.notes, words.Say("It was taken out of a text that names it (%s).", "Il a été extrait d'un texte qui le nomme (%s).", member))
}

// unwrapBreaks removes spaces and line breaks within the token, even if a program or a shell wrote
// them as \n or \.
func unwrapBreaks(p *pasted, _ string) {
	if strings.Contains(p.token, "…") || strings.Contains(p.token, "...") {
		p.err = &parseError{kind: "shortened"}
		return
	}
	whole := 0
	for _, part := range strings.Fields(p.token) {
		if strings.HasPrefix(part, "ey") && strings.Count(part, ".") == 2 {
			whole++
		}
	}
	if whole > 1 {
		p.err = &parseError{kind: "several"}
		return
	}
	joined := strings.NewReplacer("\\\r\n", "", "\\\n", "", `\r`, "", `\n`, "").Replace(p.token) // in one pass, because an n may follow a break
	joined = strings.Join(strings.Fields(joined), "")
	joined = strings.Map(func(r rune) rune {
		if strings.ContainsRune("\u00a0\u200b\u200c\u200d\u2060\ufeff", r) {
			return -1
		}
		return r
	}, joined)
	if joined != p.token {
		p.token = joined
		p.notes = append(p.notes, words.Say("Line breaks and blanks within it were left out.", "Les retours à la ligne et les espaces qu'il contenait ont été laissés de côté."))
	}
}

// unquote turns a JSON string into its text. It returns any other text unchanged.
func unquote(text []byte) []byte {
	var s string
	if json.Unmarshal(text, &s) == nil {
		return []byte(s)
	}
	return text
}

// pair finds both tokens in the pasted texts. If one text holds both, and the other text is empty,
// it takes both from the first.
func pair(idText, accessText string) (id, access pasted) {
	id, access = unwrap(idText, memberID), unwrap(accessText, memberAccess)
	switch {
	case access.token == "" && access.err == nil && id.other != "":
		access = unwrap(id.other, memberAccess)
	case id.token == "" && id.err == nil && access.other != "":
		id = unwrap(access.other, memberID)
	}
	return id, access
}
