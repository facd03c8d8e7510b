package verify

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

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
	for _, step := range []func(*pasted, string){unwrapHeader, unwrapObject, unwrapAddress, unwrapLine, unwrapHeader, unwrapText, unwrapBreaks} {
		if step(&p, member); p.err != nil {
			p.token = ""
			return p
		}
		p.token = trimCopy(p.token)
	}
	if kind, found := instead(p.token); found {
		p.token, p.err = "", &parseError{kind: kind}
	}
	return p
}

// plainToken is a token without anything around or within it. Its header, a JSON object in
// base64url, begins with e.
func plainToken() *regexp.Regexp {
	return regexp.MustCompile(`^e[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)
}

// tokensIn returns the different tokens that stand whole in a text. A text with a fourth part behind
// it is none.
func tokensIn(text string) []string {
	var found []string
	for _, at := range regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`).FindAllStringIndex(text, maxInText) {
		token, rest := text[at[0]:at[1]], text[at[1]:]
		further := len(rest) > 1 && rest[0] == '.' && !unicode.IsSpace(rune(rest[1])) && !strings.ContainsRune("\"'<)", rune(rest[1]))
		if !further && !slices.Contains(found, token) {
			found = append(found, token)
		}
	}
	return found
}

// maxInText is how many tokens are looked for in one text.
const maxInText = 10

// unwrapText takes the wanted token out of any other text: a mail, a log, a page, another program's
// store. Of several tokens, it takes the one of the wanted kind.
func unwrapText(p *pasted, member string) {
	if plainToken().MatchString(strings.Join(strings.Fields(p.token), "")) {
		return
	}
	text := p.token
	found := tokensIn(text)
	if plain, err := url.QueryUnescape(text); err == nil && len(found) == 0 {
		found = tokensIn(plain)
	}
	ofKind := map[string]string{}
	for _, f := range found {
		if t, err := parseToken(f); err == nil {
			switch kindOf(t, "") {
			case kindID:
				ofKind[memberID] = f
			case kindAccess:
				ofKind[memberAccess] = f
			}
		}
	}
	switch {
	case len(found) == 0:
		return
	case len(found) == 1:
		p.token = found[0]
	case len(found) > 2 || len(ofKind) != 2:
		p.err = &parseError{kind: "several"}
		return
	case strings.Join(strings.Fields(text), "") == found[0]+found[1]: // nothing says which is which
		p.err = &parseError{kind: "several"}
		return
	default:
		p.token, p.other = ofKind[member], ofKind[otherMember(member)]
	}
	p.notes = append(p.notes, words.Say("It was taken out of the text around it.", "Il a été extrait du texte qui l'entoure."))
}

// instead says what a text without a token is.
func instead(text string) (kind string, found bool) {
	lower := strings.ToLower(text)
	saml := regexp.MustCompile(`^(<saml|<\?xml.{0,200}saml|phnhbw|samlresponse=|samlrequest=)`) // PHNhbW is <sam in base64
	for _, is := range []struct {
		kind string
		does bool
	}{
		{"saml", saml.MatchString(lower)},
		{"placeholder", regexp.MustCompile(`(?i)^(\$\{?[a-z_]+\}?|\{\{.*\}\}|<[a-z_ -]+>|\[[a-z_ ]+\]|null|undefined|none|nil|bearer|%[a-z_]+%)$`).MatchString(text)},
		{"html", strings.HasPrefix(lower, "<") && strings.Contains(lower, "/")},
		{"http_answer", strings.HasPrefix(text, "HTTP/")},
		{"pem", strings.HasPrefix(text, "-----BEGIN")},
		{"file_name", regexp.MustCompile(`(?i)^[^\s]+\.(jwt|json|txt|pem|har)$`).MatchString(text)},
		{"cut_object", strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")},
	} {
		if is.does {
			return is.kind, true
		}
	}
	return "", false
}

// afterHeaders returns the body of a copied HTTP answer, or any other text unchanged.
func afterHeaders(text string) string {
	if !strings.HasPrefix(text, "HTTP/") {
		return text
	}
	if _, body, found := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n"); found {
		return body
	}
	return text
}

// invisible are characters that nobody sees and that copying adds.
const invisible = "\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"

// trimCopy removes what copying adds at both ends: spaces, invisible characters, and pairs of
// quotes.
func trimCopy(text string) string {
	const blank = " \t\r\n\x00" + invisible
	text = strings.Trim(text, blank)
	text = strings.TrimRight(text, ",;"+blank)
	for _, quotes := range []string{`""`, `''`, "``", "“”", "«»", "„“", "‘’"} {
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
	m := regexp.MustCompile(`(?is)^(?:authorization\s*:\s*)?(bearer|dpop|basic|ssws)\s+(.+)$`).FindStringSubmatch(p.token)
	if m == nil && !strings.Contains(p.token, memberID) && !strings.Contains(p.token, memberAccess) {
		m = regexp.MustCompile(`(?i)authorization\s*:\s*(bearer|dpop|basic|ssws)\s+([A-Za-z0-9._~+/=-]+)`).FindStringSubmatch(p.token)
	}
	switch {
	case m == nil:
	case strings.EqualFold(m[1], "basic"):
		p.err = &parseError{kind: "basic"}
	case strings.EqualFold(m[1], "ssws"):
		p.err = &parseError{kind: "api_token"}
	case strings.Contains(m[2], "error="): // WWW-Authenticate (RFC 6750 §3)
		p.err = &parseError{kind: "error_response", detail: words.Shorten(m[2], shownRunes)}
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
	if p.err = errorInside(o); p.err != nil {
		return
	}
	token, found := o.Text(member)
	p.other, _ = o.Text(otherMember(member))
	if found != outside.Present {
		if p.other != "" || len(tokensIn(p.token)) == 0 { // else unwrapText takes it from deeper within
			p.err = objectInstead(o)
		}
		return
	}
	p.token = token
	p.notes = append(p.notes, words.Say("It was taken out of a token response (member %s).", "Il a été extrait d'une réponse du point d'accès aux jetons (membre %s).", member))
}

func otherMember(member string) string {
	if member == memberID {
		return memberAccess
	}
	return memberID
}

// errorInside returns the error that a provider sent in place of an answer (RFC 6749 §5.2; Okta's
// errorCode and errorSummary); nil for none.
func errorInside(o outside.Object) error {
	for _, names := range [][2]string{{"error", "error_description"}, {"errorCode", "errorSummary"}} {
		if _, failed := o.Text(names[0]); failed == outside.Present {
			return &parseError{kind: "error_response", detail: words.Shorten(strings.TrimSpace(o.Show(names[0])+" "+o.Show(names[1])), shownRunes)}
		}
	}
	return nil
}

// objectInstead says what an object without the wanted token is.
func objectInstead(o outside.Object) *parseError {
	switch {
	case o.Has(memberID) || o.Has(memberAccess) || o.Has("token_type"):
		return &parseError{kind: "not_in_response"}
	case o.Has("jwks_uri"), o.Has("authorization_endpoint"):
		return &parseError{kind: "metadata"}
	case o.Has("active"):
		return &parseError{kind: "introspection"}
	case o.Has("alg") && (o.Has("kid") || o.Has("typ")) && !o.Has("kty"):
		return &parseError{kind: "header_only"}
	case o.Has("keys"), o.Has("kty"):
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
	case values.Get("grant_type") != "", values.Has("client_assertion"):
		p.err = &parseError{kind: "token_request"}
	case values.Get("code") != "":
		p.err = &parseError{kind: "code"}
	case values.Has(otherMember(member)):
		p.other = values.Get(otherMember(member))
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
	if regexp.MustCompile(`(?i)…|\.\.\.|\*\*\*|<snip>|\[(redacted|snip|truncated|cut)`).MatchString(p.token) {
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
	quoted := strings.TrimPrefix(strings.TrimPrefix(p.token, ">"), " ")                                                                        // a quoted mail has > before each line
	joined := strings.NewReplacer("=\r\n", "", "=\n", "", "\n> ", "", "\n>", "", "\\\r\n", "", "\\\n", "", `\r`, "", `\n`, "").Replace(quoted) // in one pass, because an n may follow a break
	joined = strings.Join(strings.Fields(joined), "")
	joined = strings.Map(func(r rune) rune {
		if strings.ContainsRune(invisible, r) {
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
	case strings.TrimSpace(accessText) == "" && id.other != "":
		access = unwrap(id.other, memberAccess)
	case strings.TrimSpace(idText) == "" && access.other != "":
		id = unwrap(access.other, memberID)
	}
	return id, access
}
