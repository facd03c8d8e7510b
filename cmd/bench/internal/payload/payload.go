// Package payload makes the hook calls that the targets are sent, and says what the
// right answer to them is, independently of the service that is measured.
package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// What the calls are about. The tid is the one that the targets are configured with.
const (
	OrgURL = "https://hopital.okta.com"
	TID    = "00o1vhQ8wLkZ3n0pQ0g4"
	oid    = "00u1q8tMo3zV0OfJON0g3"
)

// SerialDigits is the length of a serial number in a call, all zeros before it is set.
const SerialDigits = 16

// Call is the body of one hook call. Its jti and eventId end in a serial number: no
// two tokens have the same jti, and a service may remember each.
type Call struct {
	Body []byte
}

// amr is what the built-in policy makes of the amr in the calls.
func amr() []string { return []string{"swk", "mfa", "pwd", "okta_verify"} }

// Sample makes a Call of a request as Okta sends it: without white space, its ids
// with serial numbers.
func Sample(text []byte) (Call, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return Call{}, fmt.Errorf("sample request: %w", err)
	}
	zeros := strings.Repeat("0", SerialDigits)
	ids := regexp.MustCompile(`"(jti|eventId)":"[^"]*"`)
	body := ids.ReplaceAll(compact.Bytes(), []byte(`"$1":"bench.`+zeros+`"`))
	c := Call{Body: body}
	if len(c.Serials()) == 0 {
		return Call{}, fmt.Errorf("sample request: it has neither an eventId nor a jti")
	}
	return c, nil
}

// Sized makes a Call of exactly size bytes: the members that matter, then groups of
// the person in the ID token's claims, as large hospitals have them.
func Sized(size int) (Call, error) {
	zeros := strings.Repeat("0", SerialDigits)
	head := `{"source":"` + OrgURL + `/oauth2/default/v1/token","eventId":"bench.` + zeros +
		`","eventType":"com.okta.oauth2.tokens.transform","data":{"context":{"protocol":{"request":{"client_id":"0oa9pscdeleg1Wk2Q0g5"},"issuer":{"uri":"` +
		OrgURL + `/oauth2/default"}}},"access":{"claims":{"jti":"bench.` + zeros + `","uid":"` + oid +
		`","sub":"camille.durand@hopital.example"}},"identity":{"claims":{"jti":"bench.` + zeros + `","sub":"` + oid +
		`","amr":["pwd","mfa","okta_verify","swk"],"groups":["`
	const tail = `"]}}}}`
	rest := size - len(head) - len(tail)
	if rest < 0 {
		return Call{}, fmt.Errorf("a call of %d bytes: %d are needed at least", size, len(head)+len(tail))
	}
	const group = `Service de cardiologie, unite 07","`
	body := head + strings.Repeat(group, rest/len(group)) + strings.Repeat("x", rest%len(group)) + tail
	return Call{Body: []byte(body)}, nil
}

// Serials says where in Body the serial numbers begin.
func (c Call) Serials() []int {
	var at []int
	mark := []byte("bench." + strings.Repeat("0", SerialDigits))
	for from := 0; ; {
		i := bytes.Index(c.Body[from:], mark)
		if i < 0 {
			return at
		}
		at = append(at, from+i+len(mark)-SerialDigits)
		from += i + len(mark)
	}
}

// command and operation are the answer's shape (Okta developer docs, guides/token-inline-hook).
type command struct {
	Type  string      `json:"type"`
	Value []operation `json:"value"`
}

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// Answer is the right answer to every Call: tid in the ID token; oid, tid and amr in
// the access token. Targets that do not think send it as it is.
func Answer() ([]byte, error) {
	tid := operation{Op: "add", Path: "/claims/tid", Value: TID}
	return json.Marshal(struct {
		Commands []command `json:"commands"`
	}{[]command{
		{Type: "com.okta.identity.patch", Value: []operation{tid}},
		{Type: "com.okta.access.patch", Value: []operation{
			{Op: "add", Path: "/claims/oid", Value: oid}, tid, {Op: "add", Path: "/claims/amr", Value: amr()},
		}},
	}})
}

// Check reports how body differs from the right answer; white space and the order of
// members are free.
func Check(body []byte) error {
	want, err := Answer()
	if err != nil {
		return err
	}
	var wanted, got any
	if err := json.Unmarshal(want, &wanted); err != nil {
		return err
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return fmt.Errorf("the answer is not JSON: %w", err)
	}
	if !reflect.DeepEqual(wanted, got) {
		return fmt.Errorf("the answer is %.200q, wanted %.200q", body, want)
	}
	return nil
}
