// Package target starts what is measured, each time anew on the same port and core,
// and holds it to its word when it stops: a log line and a count for each call, spans
// where there is tracing.
package target

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pschook/cmd/bench/internal/child"
	"pschook/cmd/bench/internal/load"
	"pschook/cmd/bench/internal/otlpsink"
	"pschook/cmd/bench/internal/payload"
	"pschook/internal/pki"
)

// Key names a target.
type Key string

// The targets.
const (
	Echo    Key = "a" // bare Echo
	Service Key = "b" // pschook serve as shipped
	Traced  Key = "c" // the same with tracing at 10 %
	Express Key = "d" // the hook in Express 4
)

// Keys are all targets, in the order in which they are told of.
func Keys() []Key { return []Key{Echo, Service, Traced, Express} }

// Title says in a few words what a target is.
func (k Key) Title() string {
	return map[Key]string{
		Echo: "bare Echo", Service: "pschook", Traced: "pschook, 10 % traced", Express: "Express 4",
	}[k]
}

// path is where Okta calls the hook.
const path = "/hooks/okta/token"

// firstAnswerTimeout is how long a target may take to come up.
const firstAnswerTimeout = time.Minute

// Lab is what targets are started with.
type Lab struct {
	PSCHook    string // the program as shipped
	Self       string // this program, which is the bare servers too
	Node       string // empty: there is none
	ExpressDir string // with node_modules
	Dir        string // for logs and other files
	SearchPath string // PATH for targets
	Addr       string // main listener of all targets
	AdminAddr  string // of the service
	Secret     string
	Pinning    child.Pinning
	CertFile   string // of the certificate that all targets serve, made by [Lab.Certify]
	KeyFile    string
	Trust      *tls.Config // trusts it and nothing else; each connection shakes hands in full
	Sink       *otlpsink.Sink
	Valgrind   string // counts the instructions of all targets if it is not empty
}

// Variation is how a start differs from the usual.
type Variation struct {
	TLS         bool
	Secrets     int          // live ones of the service, of which the last is used; 0 means 1
	Connections int          // that the service must be able to bear; 0 means its default
	Call        payload.Call // what it is sent
}

// Running is a target that answers. It is not safe for concurrent use.
type Running struct {
	*child.Process
	Key        Key
	Load       load.Target
	FirstRight time.Duration // from exec to the first right answer
	Calls      int           // that were answered so far, to be kept up by whoever loads it; those of Start included

	lab   *Lab
	log   *os.File
	spans int64 // in the sink before
}

// Start starts a target and waits for its first right answer. The error quotes the
// begin of what the target wrote when it ended instead.
func (l *Lab) Start(ctx context.Context, key Key, v Variation) (*Running, error) {
	spec, err := l.spec(key, v)
	if err != nil {
		return nil, err
	}
	if l.Valgrind != "" {
		l.count(&spec)
	}
	if spec.Log, err = os.Create(filepath.Join(l.Dir, "target.log")); err != nil {
		return nil, err
	}
	r := &Running{Key: key, lab: l, log: spec.Log, spans: l.Sink.Spans(), Load: load.Target{Addr: l.Addr, Path: path, Secret: l.Secret, Call: v.Call}}
	if v.TLS {
		r.Load.TLS = l.Trust
	}
	if r.Process, err = l.Pinning.Start(spec); err != nil {
		return nil, errors.Join(err, r.log.Close())
	}
	if err := r.awaitAnswer(ctx); err != nil {
		if errors.Is(err, errEnded) {
			err = fmt.Errorf("%w: %q", err, child.Head(r.log))
		}
		_ = r.Stop() // it failed already
		return nil, errors.Join(err, r.log.Close())
	}
	return r, nil
}

// Certify makes the certificate that all targets serve.
func (l *Lab) Certify() error {
	authority, err := pki.NewAuthority("bench")
	if err != nil {
		return err
	}
	own, err := authority.Issue(x509.Certificate{})
	if err != nil {
		return err
	}
	l.CertFile, l.KeyFile = filepath.Join(l.Dir, "cert.pem"), filepath.Join(l.Dir, "key.pem")
	l.Trust = &tls.Config{RootCAs: authority.Pool(), MinVersion: tls.VersionTLS12}
	return errors.Join(os.WriteFile(l.CertFile, own.Cert, 0o600), os.WriteFile(l.KeyFile, own.Key, 0o600))
}

// Profile is where Valgrind writes.
func (l *Lab) Profile() string { return filepath.Join(l.Dir, "callgrind.out") }

// count has Valgrind run a target. It cannot take the signals by which Go interrupts goroutines, and what is collected by
// chance would make counts differ.
func (l *Lab) count(spec *child.Spec) {
	spec.Args = append([]string{"--tool=callgrind", "--callgrind-out-file=" + l.Profile(), spec.Path}, spec.Args...)
	spec.Path, spec.Env = l.Valgrind, append(spec.Env, "GODEBUG=asyncpreemptoff=1", "GOMAXPROCS=1", "GOGC=off")
}

// errEnded says that a target is no more; its log says why.
var errEnded = errors.New("it ended before it answered")

// awaitAnswer calls until the answer is right.
func (r *Running) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, firstAnswerTimeout)
	defer cancel()
	again := time.NewTicker(500 * time.Microsecond)
	defer again.Stop()
	for {
		_, err := load.Learn(ctx, r.Load, true)
		if err == nil {
			r.FirstRight = time.Since(r.Begin)
			r.Calls++
			return nil
		}
		var wrong *load.WrongError
		var plain tls.RecordHeaderError
		switch {
		case errors.As(err, &wrong):
			return err
		case errors.As(err, &plain):
			return errors.New("it does not serve https")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no right answer within %v: %w", firstAnswerTimeout, err)
		case <-r.Ended():
			return errEnded
		case <-again.C:
		}
	}
}

// Close stops the target and holds it to its word.
func (r *Running) Close(ctx context.Context) error {
	var errs []error
	if r.isService() {
		errs = append(errs, r.checkMetrics(ctx))
	}
	errs = append(errs, r.Stop())
	if r.isService() {
		errs = append(errs, r.checkLog())
	}
	if r.Key == Traced {
		errs = append(errs, CheckSpans(r.lab.Sink.Spans()-r.spans, r.Calls))
	}
	return errors.Join(append(errs, r.log.Close())...)
}

func (r *Running) isService() bool { return r.Key == Service || r.Key == Traced }

// spec is how a target is started.
func (l *Lab) spec(key Key, v Variation) (child.Spec, error) {
	switch key {
	case Echo:
		return l.bareSpec(v)
	case Express:
		return l.expressSpec(v)
	case Service, Traced:
		return l.serviceSpec(key == Traced, v), nil
	default:
		return child.Spec{}, fmt.Errorf("target %q: wanted one of %v", key, Keys())
	}
}

func (l *Lab) bareSpec(v Variation) (child.Spec, error) {
	answer, err := payload.Answer()
	if err != nil {
		return child.Spec{}, err
	}
	file := filepath.Join(l.Dir, "answer.json")
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		return child.Spec{}, err
	}
	args := []string{"-serve", "-addr", l.Addr, "-path", path, "-answer", file}
	if v.TLS {
		args = append(args, "-cert", l.CertFile, "-key", l.KeyFile)
	}
	return child.Spec{Path: l.Self, Args: args, Env: []string{"PATH=" + l.SearchPath}}, nil
}

func (l *Lab) expressSpec(v Variation) (child.Spec, error) {
	if l.Node == "" {
		return child.Spec{}, errors.New("no node on the PATH")
	}
	if _, err := os.Stat(filepath.Join(l.ExpressDir, "node_modules", "express")); err != nil {
		return child.Spec{}, errors.New("express is not installed: run npm ci in cmd/bench/express")
	}
	env := []string{"PATH=" + l.SearchPath, "NODE_ENV=production", "BENCH_ADDR=" + l.Addr, "BENCH_SECRET=" + l.Secret, "BENCH_TID=" + payload.TID}
	if v.TLS {
		env = append(env, "BENCH_CERT="+l.CertFile, "BENCH_KEY="+l.KeyFile)
	}
	return child.Spec{Path: l.Node, Args: []string{"hook.js"}, Env: env, Dir: l.ExpressDir}, nil
}

func (l *Lab) serviceSpec(traced bool, v Variation) child.Spec {
	env := []string{
		"PATH=" + l.SearchPath, "PSCHOOK_LISTEN_ADDR=" + l.Addr, "PSCHOOK_ADMIN_ADDR=" + l.AdminAddr, "PSCHOOK_OKTA_ORG_URL=" + payload.OrgURL,
		"PSCHOOK_TID_SOURCE=static", "PSCHOOK_TID_VALUE=" + payload.TID, "PSCHOOK_HOOK_SECRETS=" + secrets(l.Secret, v.Secrets),
		"PSCHOOK_LOG_FORMAT=json", "PSCHOOK_LOG_LEVEL=info",
		"PSCHOOK_DRAIN_DELAY=0s", // no load balancer is to be warned: it costs waiting, not speed
	}
	if v.Connections > 0 {
		most := strconv.Itoa(max(v.Connections+64, 512))
		env = append(env, "PSCHOOK_MAX_CONNECTIONS="+most, "PSCHOOK_HOOK_MAX_CONCURRENT="+most)
	}
	if traced {
		env = append(env, "OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.1",
			"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+l.Sink.URL())
	} else {
		env = append(env, "OTEL_TRACES_EXPORTER=none")
	}
	if v.TLS {
		env = append(env, "PSCHOOK_TLS_CERT_FILE="+l.CertFile, "PSCHOOK_TLS_KEY_FILE="+l.KeyFile)
	}
	return child.Spec{Path: l.PSCHook, Args: []string{"serve"}, Env: env, Dir: l.Dir}
}

// secrets are n live secrets, the last of which is last.
func secrets(last string, n int) string {
	all := []string{last}
	for i := 1; i < n; i++ {
		all = append(all, "retired-secret-number-"+strconv.Itoa(i))
	}
	slices.Reverse(all)
	return strings.Join(all, ",")
}
