package hookanswer

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBytes is the size from which an answer is too large (Okta developer docs,
// concepts/inline-hooks: response payloads are limited to 256 KB).
const MaxBytes = 256 * 1024

// DefaultErrorSummary is the text of an error object without a text.
const DefaultErrorSummary = "The callback service returned an error."

// Answer is the body of a 200 answer.
type Answer struct {
	Commands     []Command      `json:"commands"`
	Error        *Error         `json:"error"`
	DebugContext jsontext.Value `json:"debugContext"` // goes to the System Log as it is
}

// Command patches one token by a list of operations, in order.
type Command struct {
	Type       string      `json:"type"`
	Operations []Operation `json:"value"`
}

// Operation changes one place of a token.
type Operation struct {
	Op    string         `json:"op"`
	Path  string         `json:"path"`
	Value jsontext.Value `json:"value"` // nil when the member is absent
}

// Error is the error object by which a service refuses the tokens.
type Error struct {
	Summary string  `json:"errorSummary"`
	Causes  []Cause `json:"errorCauses"`
}

// Cause is one reason inside an [Error].
type Cause struct {
	Summary      string `json:"errorSummary"`
	Reason       string `json:"reason"`
	LocationType string `json:"locationType"`
	Location     string `json:"location"`
	Domain       string `json:"domain"`
}

// Parse reads the body of a 200 answer. Unknown members are ignored. Its errors
// describe the fault and never quote values from the body.
func Parse(body []byte) (Answer, error) {
	if len(body) >= MaxBytes {
		return Answer{}, fmt.Errorf("response body has %d bytes or more: Okta takes less than %d", MaxBytes, MaxBytes)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return Answer{}, fmt.Errorf("response body is empty: a 200 answer needs a JSON object")
	}
	if kind := jsontext.Value(body).Kind(); kind != '{' {
		return Answer{}, fmt.Errorf("response body is not a JSON object")
	}
	var answer Answer
	if err := json.Unmarshal(body, &answer); err != nil {
		return Answer{}, fmt.Errorf("response body is not a valid hook response: %w", err)
	}
	if answer.Error != nil && answer.Error.Summary == "" {
		answer.Error.Summary = DefaultErrorSummary
	}
	return answer, nil
}

// decode turns the value of an operation into a tree of map[string]any, []any, string, bool, nil
// and [stdjson.Number]. Numbers keep their original digits.
func decode(value jsontext.Value) (any, error) {
	decoder := stdjson.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("value is not JSON: %w", err)
	}
	return tree, nil
}
