package rp

import (
	"net/http"
	"net/url"

	"pschook/verify/words"
)

// RefusedError is an answer that does not belong to the sign-in, or that somebody has changed.
type RefusedError struct {
	Reason string // a key of problems, such as "state"
	Detail string // text of the answer, shortened and printable; anybody may have written it; may be empty
}

// Error says why.
func (e *RefusedError) Error() string { return "sign-in refused: " + e.Reason }

// Text says in a few sentences why the answer was refused, what it said, and what to do.
func (e *RefusedError) Text() words.Text {
	why := problems()[e.Reason]
	texts := []words.Text{words.Say("%s.", "%s.", why.title), why.text}
	if e.Detail != "" {
		texts = append(texts, words.Say("It said: %s.", "Elle disait : %s.", e.Detail))
	}
	return words.Join(" ", " ", append(texts, why.next)...)
}

// status returns the HTTP status for the refused answer. Another host or method has nothing to do
// with the sign-in.
func (e *RefusedError) status() int {
	switch e.Reason {
	case "host":
		return http.StatusNotFound
	case "method":
		return http.StatusMethodNotAllowed
	}
	return http.StatusBadRequest
}

// shownDetail returns a text from outside in the form in which an error may quote it.
func shownDetail(text string) string { return words.Printable(words.Shorten(text, maxFault)) }

// refusal is a refused answer. It includes the provider's error, if the answer names one, because
// the user should know it.
func refusal(reason, detail string, query url.Values) *RefusedError {
	if code := query.Get("error"); code != "" {
		if detail != "" {
			detail += ", "
		}
		detail += "error=" + code
		if said := query.Get("error_description"); said != "" {
			detail += " (" + said + ")"
		}
	}
	return &RefusedError{Reason: reason, Detail: shownDetail(detail)}
}
