package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"pschook/verify/report"
	"pschook/verify/words"
)

// probeTimeout bounds one call. It is long enough to say by how much the call exceeds Okta's 3 s.
const probeTimeout = 10 * time.Second

// ProbeOptions say what [Probe] calls and expects. A field is required unless its comment says
// otherwise.
type ProbeOptions struct {
	URL        *url.URL // of the hook, with path
	AuthHeader string   // header that carries the credential
	Credential string   // its value, which is never reported
	Sample     []byte   // see [GenerateSample]
	Expected   Expected // zero value: 204

	Roots    *x509.CertPool // authorities for certificates; nil: the system's
	Language words.Language // "" means English
	Now      func() time.Time
}

// Probe calls the hook as Okta does: with a new connection, no redirects and no proxy. The first
// call has the credential and must get the expected answer within Okta's time. Calls with a wrong
// credential and without one must be refused. An error means that the options are wrong.
func Probe(ctx context.Context, opts ProbeOptions) (report.Report, error) {
	if err := missing("probe", map[string]bool{
		"URL":        opts.URL == nil || opts.URL.Host == "",
		"AuthHeader": opts.AuthHeader == "",
		"Credential": opts.Credential == "",
		"Sample":     len(opts.Sample) == 0,
		"Now":        opts.Now == nil,
	}); err != nil {
		return report.Report{}, err
	}
	p := &probed{in: opts}
	if opts.URL.Scheme == "https" {
		p.certificate = inspect(ctx, opts.URL)
	}
	before := opts.Now()
	p.answer, p.answerErr = p.call(ctx, opts.Credential)
	p.clock = moment{p.answer.date, before, opts.Now()}
	if p.answerErr == nil {
		p.wrong, p.wrongErr = p.call(ctx, rand.Text())
		p.none, p.noneErr = p.call(ctx, "")
	}
	return report.Run("probe", opts.Language, probeChecks(), p), nil
}

// probed is all that was found out.
type probed struct {
	in ProbeOptions

	certificate                  presented
	clock                        moment
	answer, wrong, none          answer
	answerErr, wrongErr, noneErr error
}

// call posts the sample. An empty credential means no header.
func (p *probed) call(ctx context.Context, credential string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.in.URL.String(), bytes.NewReader(p.in.Sample))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "pschook-probe")
	if credential != "" {
		req.Header.Set(p.in.AuthHeader, credential)
	}
	client := &http.Client{
		Transport: &http.Transport{
			DialContext:       (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSClientConfig:   &tls.Config{RootCAs: p.in.Roots, MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true, // each call makes a new connection, as Okta's slowest calls do
			ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	start := time.Now() // real time, because an injected clock cannot measure it
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, unwrapURL(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	return answer{resp.StatusCode, resp.Header.Get("Content-Type"), body, resp.Header.Get("Date"), time.Since(start)}, err
}

func probeChecks() []report.Rule[*probed] {
	return slices.Concat([]report.Rule[*probed]{
		{
			ID: "tls.certificate", Title: words.Say("The hook URL's certificate is valid for at least 14 more days", "Le certificat de l'URL du hook reste valide au moins 14 jours"),
			Spec: "Okta developer docs: inline hooks, HTTPS",
			Run:  func(p *probed) report.Finding { return checkCertificate(p.certificate, p.in.URL, p.in.Now()) },
		},
		{
			ID: "tls.chain", Title: words.Say("The hook URL sends its whole certificate chain", "L'URL du hook envoie toute sa chaîne de certificats"),
			Spec: "RFC 8446 §4.4.2",
			Run:  func(p *probed) report.Finding { return checkChain(p.certificate, p.in.URL, p.in.Now(), p.in.Roots) },
		},
	}, callChecks())
}

func callChecks() []report.Rule[*probed] {
	return []report.Rule[*probed]{
		{
			ID: "probe.answer", Title: words.Say("A call with the credential is answered as configured", "Un appel authentifié reçoit la réponse configurée"),
			Spec: "Okta developer docs: token inline hook", Needs: []string{"tls.certificate", "tls.chain"}, Run: probeAnswer,
		},
		{
			ID: "probe.time", Title: words.Say("The answer comes well within the 3 s that Okta waits", "La réponse arrive bien avant les 3 s qu'Okta attend"),
			Spec: "Okta developer docs: inline hooks, timeout", Needs: []string{"probe.answer"},
			Run: func(p *probed) report.Finding { return checkTime(p.answer) },
		},
		{
			ID: "probe.wrong_credential", Title: words.Say("A wrong credential is refused", "Une authentification erronée est refusée"),
			Spec: "Okta developer docs: secure hooks", Needs: []string{"tls.certificate", "tls.chain"},
			Run: func(p *probed) report.Finding { return p.refused(p.wrong, p.wrongErr) },
		},
		{
			ID: "probe.no_credential", Title: words.Say("A call without credential is refused", "Un appel sans authentification est refusé"),
			Spec: "Okta developer docs: secure hooks", Needs: []string{"tls.certificate", "tls.chain"},
			Run: func(p *probed) report.Finding { return p.refused(p.none, p.noneErr) },
		},
		{
			ID: "clock.skew", Title: words.Say("This machine's clock agrees with the service's", "L'horloge de cette machine concorde avec celle du service"),
			Spec: "RFC 7519 §4.1.4; RFC 9110 §6.6.1", Run: func(p *probed) report.Finding { return checkClock(p.clock, p.in.URL.Host) },
		},
	}
}

func probeAnswer(p *probed) report.Finding {
	expected := p.in.Expected.describe()
	switch {
	case p.answerErr != nil:
		return report.Fail(expected, words.Literal(p.answerErr.Error()), words.Say("The service does not answer: see systemctl status pschook, or kubectl get pods, and the reverse proxy.",
			"Le service ne répond pas : voyez systemctl status pschook, ou kubectl get pods, et le reverse proxy."))
	case p.answer.status == http.StatusUnauthorized:
		return report.Fail(expected, words.Say("status %d: %s", "statut %d : %s", p.answer.status, p.answer.summary()),
			words.Say("The credential of this probe is not a live one: compare PSCHOOK_HOOK_SECRETS (or --secret-file) with the service's, and PSCHOOK_HOOK_AUTH_HEADER.",
				"Le secret de cette sonde n'est pas en vigueur : comparez PSCHOOK_HOOK_SECRETS (ou --secret-file) à celui du service, ainsi que PSCHOOK_HOOK_AUTH_HEADER."))
	case p.answer.status >= http.StatusMultipleChoices:
		return report.Fail(expected, words.Say("status %d: %s", "statut %d : %s", p.answer.status, p.answer.summary()), logHint())
	}
	return p.in.Expected.judge(p.answer, nil)
}

// summary returns the sentence of an error object; empty when there is none.
func (a answer) summary() string {
	var object struct {
		Error struct {
			Summary string `json:"errorSummary"`
		} `json:"error"`
	}
	if json.Unmarshal(a.body, &object) != nil {
		return ""
	}
	return object.Error.Summary
}

// refused checks that a call that does not come from Okta learns nothing.
func (p *probed) refused(a answer, err error) report.Finding {
	expected := words.Say("status 401", "statut 401")
	switch {
	case p.answerErr != nil:
		return report.Skip(words.Say("Not checked: the service does not answer.", "Non vérifié : le service ne répond pas."))
	case err != nil:
		return report.Fail(expected, words.Literal(err.Error()), logHint())
	case a.status == http.StatusTooManyRequests:
		return report.Warn(expected, words.Say("status %d", "statut %d", a.status), words.Say(
			"Too many failed attempts came from this address: somebody else uses it, such as a reverse proxy that PSCHOOK_TRUSTED_PROXIES does not name.",
			"Trop de tentatives manquées viennent de cette adresse : quelqu'un d'autre l'utilise, par exemple un reverse proxy que PSCHOOK_TRUSTED_PROXIES ne nomme pas."))
	case a.status != http.StatusUnauthorized:
		return report.Fail(expected, words.Say("status %d", "statut %d", a.status), words.Say(
			"Anybody can ask the service: check that the reverse proxy adds no credential and answers nothing on its own.",
			"N'importe qui peut interroger le service : vérifiez que le reverse proxy n'ajoute pas de secret et ne répond pas à sa place."))
	}
	return report.Pass(expected)
}
