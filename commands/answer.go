package commands

import (
	"github.com/go-json-experiment/json/jsontext"
)

// Patch adds one claim to a token. Exactly one of Text and List is used: List for
// amr, Text for the others.
type Patch struct {
	Claim Claim
	Text  string
	List  []string
}

// Path is the patch's place in Okta's grammar: /claims/NAME.
func (p Patch) Path() string { return "/claims/" + string(p.Claim) }

// Command patches one token. Okta's op is always "add": it creates the claim, or
// replaces the value where a claim of that name was configured on the
// authorization server. ("replace" fails when the claim is not there.)
type Command struct {
	Token   Token
	Patches []Patch
}

// Claims lists the names of the claims the command adds, in order.
func (c Command) Claims() []string {
	names := make([]string, len(c.Patches))
	for i, p := range c.Patches {
		names[i] = string(p.Claim)
	}
	return names
}

// AppendCommands appends Okta's JSON for an answer with these commands to dst and returns the
// result. A debug context that is not nil is part of the answer. AppendCommands uses no reflection,
// because every hook call runs it. The amr value is an array: Okta's published schema names only
// strings, integers and objects, but Okta's own examples send arrays. The error says that a text is
// not valid UTF-8 (RFC 8259, section 8.1); the returned slice is then nil.
func AppendCommands(dst []byte, commands []Command, debug *DebugContext) ([]byte, error) {
	var err error
	dst = append(dst, `{"commands":[`...)
	for i, c := range commands {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"type":"`...)
		dst = append(dst, c.Token.CommandType()...)
		dst = append(dst, `","value":[`...)
		for j, p := range c.Patches {
			if j > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendPatch(dst, p); err != nil {
				return nil, err
			}
		}
		dst = append(dst, "]}"...)
	}
	return appendEnd(append(dst, ']'), debug)
}

func appendPatch(dst []byte, p Patch) ([]byte, error) {
	dst = append(dst, `{"op":"add","path":"/claims/`...)
	dst = append(dst, string(p.Claim)...)
	dst = append(dst, `","value":`...)
	var err error
	if p.List == nil {
		if dst, err = jsontext.AppendQuote(dst, p.Text); err != nil {
			return nil, err
		}
		return append(dst, '}'), nil
	}
	dst = append(dst, '[')
	for i, v := range p.List {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = jsontext.AppendQuote(dst, v); err != nil {
			return nil, err
		}
	}
	return append(dst, "]}"...), nil
}

// AppendRefusal appends Okta's JSON for an answer that refuses the token to dst and returns the
// result. A debug context that is not nil is part of the answer. Okta shows summary to the person
// who signs in, as the description of the OAuth error server_error.
func AppendRefusal(dst []byte, summary string, debug *DebugContext) ([]byte, error) {
	dst = append(dst, `{"error":{"errorSummary":`...)
	dst, err := jsontext.AppendQuote(dst, summary)
	if err != nil {
		return nil, err
	}
	return appendEnd(append(dst, '}'), debug)
}
