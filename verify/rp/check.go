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
	form   bool // sent by the page's own form
}

// The formats of a report, as ?format= names them.
const (
	formatPage  = "html"
	formatJSON  = "json"
	formatJUnit = "junit"
	formatText  = "text"
)

// badRequestError is a request that cannot be read.
type badRequestError struct {
	Status int
	Say    string // quotes nothing of the request except names of members
}

func (e *badRequestError) Error() string { return e.Say }

// check answers with a report about the tokens in the body: JSON for a JSON request, a page for a
// form, or as ?format= says. The status is 200 whatever the verdict.
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
		rp.refuse(w, r, req, bad)
	default:
		rp.show(w, r, req.lang, outcome{problem: problemOf(err)})
	}
}

func (rp *RP) answerCheck(w http.ResponseWriter, r *http.Request, req checkRequest) error {
	ctx, rec := withRecording(r.Context())
	who := party{client: rp.client, profile: rp.profile, own: true}
	if req.Profile != "" {
		profile, err := verify.ProfileNamed(req.Profile)
		if err != nil {
			return &badRequestError{Status: http.StatusBadRequest, Say: "profile: " + words.Printable(err.Error())}
		}
		who.profile = profile
	}
	in := rp.input(ctx, who)
	in.IDToken, in.AccessToken, in.Nonce, in.Pasted = req.IDToken, req.AccessToken, req.Nonce, true
	if len(req.UserInfo) > 0 && req.UserInfo.Kind() != 'n' {
		in.UserInfo = req.UserInfo
	}
	o, err := rp.judge(ctx, "tokens checked", who, in)
	if err != nil {
		return err
	}
	if !req.form || req.format != formatPage {
		return writeReport(w, o.reports[req.lang], req.format)
	}
	o.wire = rp.client.wire(ctx, begunSignIn{}, nil, rec)
	rp.show(w, r, req.lang, o)
	return nil
}

// formOf returns a report in one of its formats, with the media type.
func formOf(r report.Report, format string) (*bytes.Buffer, string, error) {
	var b bytes.Buffer
	switch format {
	case formatJSON:
		out, err := r.JSON()
		b.Write(out)
		return &b, "application/json", err
	case formatJUnit:
		return &b, "application/xml", r.WriteJUnit(&b)
	case formatText:
		return &b, "text/plain", r.WriteText(&b)
	case formatPage:
		err := reportFile(r).Render(&b)
		return &b, "text/html", err
	}
	return nil, "", &badRequestError{Status: http.StatusBadRequest, Say: "format: want html, json, junit or text"}
}

func writeReport(w http.ResponseWriter, r report.Report, format string) error {
	body, mediaType, err := formOf(r, format)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	if format == formatPage {
		w.Header().Set("Content-Security-Policy", filePolicy())
	}
	send(w, http.StatusOK, body)
	return nil
}

// sendFile sends a report as a file to save.
func (rp *RP) sendFile(w http.ResponseWriter, o outcome, lang words.Language, format string) error {
	ending := map[string]string{formatJSON: "json", formatJUnit: "xml", formatText: "txt", formatPage: "html"}[format]
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="pschook-report-%s.%s"`, o.at.UTC().Format("2006-01-02-150405"), ending))
	err := writeReport(w, o.reports[lang], format)
	if err != nil {
		w.Header().Del("Content-Disposition")
	}
	return err
}

// readCheckRequest reads JSON or a form. Even with an error it returns the language and format of
// the answer.
func readCheckRequest(w http.ResponseWriter, r *http.Request) (checkRequest, error) {
	req := checkRequest{lang: languageOf(r), format: formatJSON}
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch mediaType {
	case "application/json":
		err = req.readJSON(r.Body)
	case "application/x-www-form-urlencoded":
		req.format, req.form = formatPage, true
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

// parseJSON is strict: it refuses unknown and duplicate members, so that a misspelt member does not
// count as absent.
func (c *checkRequest) parseJSON(text []byte) error {
	limits := outside.ObjectLimits()
	limits.Bytes, limits.Depth = maxFormBytes, limits.Depth+1 // userinfo is one level deeper
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

func (rp *RP) refuse(w http.ResponseWriter, r *http.Request, req checkRequest, bad *badRequestError) {
	if req.format != formatPage {
		writeError(w, bad.Status, "invalid_request", bad.Say)
		return
	}
	rp.show(w, r, req.lang, outcome{problem: problemPage{Key: "request", Description: bad.Say, status: bad.Status}})
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
