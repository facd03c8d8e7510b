package rp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// checkRequest is the body of POST /rp/check.
type checkRequest struct {
	IDToken     string         `json:"id_token"`
	AccessToken string         `json:"access_token"`
	UserInfo    jsontext.Value `json:"userinfo"`
	Nonce       string         `json:"nonce"`
	Profile     string         `json:"profile"`

	lang   words.Language
	format string
}

// The forms of a report, as ?format= names them.
const (
	formatPage  = "html"
	formatJSON  = "json"
	formatJUnit = "junit"
	formatText  = "text"
)

// badRequestError is a request that cannot be read.
type badRequestError struct {
	Status int
	Say    string // quotes nothing of the request but names of members
}

func (e *badRequestError) Error() string { return e.Say }

// check answers with a report about the tokens in the body: JSON for JSON, a
// page for a form, or as ?format= says. 200 whatever the verdict.
func (rp *RP) check(w http.ResponseWriter, r *http.Request) {
	req, err := readCheckRequest(w, r)
	if err == nil {
		err = rp.answerCheck(w, r, req)
	}
	var bad *badRequestError
	switch {
	case err == nil:
	case errors.Is(err, errBusy) && req.format != formatPage:
		w.Header().Set("Retry-After", "5")
		writeError(w, http.StatusServiceUnavailable, "temporarily_unavailable", errBusy.Error())
	case errors.As(err, &bad):
		rp.badRequest(w, req, bad)
	default:
		rp.problem(w, r, req.lang, err)
	}
}

func (rp *RP) answerCheck(w http.ResponseWriter, r *http.Request, req checkRequest) error {
	in := rp.input(r.Context(), req.lang)
	if req.Profile != "" {
		profile, err := verify.ProfileNamed(req.Profile)
		if err != nil {
			return &badRequestError{Status: http.StatusBadRequest, Say: "profile: " + words.Printable(err.Error())}
		}
		in.Profile = profile
	}
	in.IDToken, in.AccessToken, in.Nonce, in.Pasted = req.IDToken, req.AccessToken, req.Nonce, true
	if len(req.UserInfo) > 0 && req.UserInfo.Kind() != 'n' {
		in.UserInfo = req.UserInfo
	}
	done, ok := rp.turns.take(r.Context())
	if !ok {
		return errBusy
	}
	defer done()
	report := verify.Run(r.Context(), in)
	rp.logReport(r.Context(), "tokens checked", report)
	return rp.writeReport(w, report, req.format)
}

func (rp *RP) writeReport(w http.ResponseWriter, report report.Report, format string) error {
	var b bytes.Buffer
	var err error
	switch format {
	case formatJSON:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		var out []byte
		out, err = report.JSON()
		b.Write(out)
	case formatJUnit:
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		err = report.WriteJUnit(&b)
	case formatText:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		err = report.WriteText(&b)
	default:
		writeReportPage(w, report)
		return nil
	}
	if err != nil {
		return err
	}
	send(w, http.StatusOK, &b)
	return nil
}

// readCheckRequest reads JSON or a form. Even with an error it returns in which
// language and form to answer.
func readCheckRequest(w http.ResponseWriter, r *http.Request) (checkRequest, error) {
	req := checkRequest{lang: languageOf(r), format: formatJSON}
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch mediaType {
	case "application/json":
		err = req.readJSON(r.Body)
	case "application/x-www-form-urlencoded":
		req.format = formatPage
		err = req.readForm(r)
	default:
		err = &badRequestError{Status: http.StatusUnsupportedMediaType, Say: "content type: want application/json or application/x-www-form-urlencoded"}
	}
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		err = &badRequestError{Status: http.StatusRequestEntityTooLarge, Say: fmt.Sprintf("body: more than %d bytes", maxFormBytes)}
	}
	if err == nil {
		err = req.chooseFormat(r)
	}
	return req, err
}

func (c *checkRequest) chooseFormat(r *http.Request) error {
	format := r.URL.Query().Get("format")
	if format == "" {
		return nil
	}
	switch format {
	case formatPage, formatJSON, formatJUnit, formatText:
		c.format = format
		return nil
	}
	return &badRequestError{Status: http.StatusBadRequest, Say: "format: want html, json, junit or text"}
}

func (c *checkRequest) readJSON(body io.Reader) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	return c.parseJSON(text)
}

// parseJSON is strict: no unknown or duplicate member, so that a misspelt one
// does not pass for an absent one.
func (c *checkRequest) parseJSON(text []byte) error {
	limits := outside.ObjectLimits()
	limits.Bytes, limits.Depth = maxFormBytes, limits.Depth+1 // userinfo lies within
	if err := limits.Check(text); err != nil {
		return &badRequestError{Status: http.StatusBadRequest, Say: "body: " + err.Error()}
	}
	err := json.Unmarshal(text, c, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	say := "body: not the JSON object expected"
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		say = fmt.Sprintf("body: unknown member %q", words.Shorten(string(semantic.JSONPointer), maxErrorCode))
	case errors.As(err, &semantic):
		say = fmt.Sprintf("body: wrong type of %q", words.Shorten(string(semantic.JSONPointer), maxErrorCode))
	case errors.As(err, &syntactic):
		say = fmt.Sprintf("body: not strict JSON at byte %d", syntactic.ByteOffset)
	}
	return &badRequestError{Status: http.StatusBadRequest, Say: words.Printable(say)}
}

func (c *checkRequest) readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return err
		}
		return &badRequestError{Status: http.StatusBadRequest, Say: "body: not a form"}
	}
	form := r.PostForm
	if lang, ok := words.ParseLanguage(form.Get("lang")); ok {
		c.lang = lang
	}
	c.IDToken, c.AccessToken, c.Nonce, c.Profile = form.Get("id_token"), form.Get("access_token"), strings.TrimSpace(form.Get("nonce")), form.Get("profile")
	if text := strings.TrimSpace(form.Get("userinfo")); text != "" {
		c.UserInfo = jsontext.Value(text)
	}
	return nil
}

func (rp *RP) badRequest(w http.ResponseWriter, req checkRequest, bad *badRequestError) {
	if req.format == formatPage {
		writeProblem(w, req.lang, bad.Status, problemPage{Key: "request", Description: bad.Say})
		return
	}
	writeError(w, bad.Status, "invalid_request", bad.Say)
}

// writeError answers a program, in the form of RFC 6749 §5.2.
func writeError(w http.ResponseWriter, status int, code, description string) {
	body, err := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, description})
	if err != nil {
		body = nil
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	send(w, status, bytes.NewBuffer(body))
}
