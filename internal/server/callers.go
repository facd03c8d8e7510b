package server

import (
	"go.opentelemetry.io/otel/metric"

	"pschook/hook"
	"pschook/internal/config"
)

// newAuthenticator returns the authenticator that the configuration asks for: secrets, access
// tokens, or either. It adds to s what must run or be watched for it.
func (s *Server) newAuthenticator() (hook.Authenticator, error) {
	var all []hook.Authenticator
	if c := s.opts.Config.Hook; len(c.Secrets) > 0 {
		secrets, err := s.newSecrets(c)
		if err != nil {
			return nil, err
		}
		s.secrets = secrets
		all = append(all, secrets)
	}
	if c := s.opts.Config.Hook; c.OAuthIssuer != "" {
		oauth, err := hook.NewOAuth(hook.OAuthOptions{
			Issuer: c.OAuthIssuer, Audience: c.OAuthAudience, ClientIDs: c.OAuthClientIDs, Scope: c.OAuthScope,
			Transport: s.opts.transport(), Logger: s.opts.Logger, Meter: meter(s.opts.MeterProvider), Now: s.opts.Now,
		})
		if err != nil {
			return nil, err
		}
		s.background = append(s.background, oauth.Run)
		all = append(all, oauth)
	}
	return connAuthenticator{hook.AnyOf(all...)}, nil
}

// liveSecrets authenticate callers. Their fingerprints can be shown safely.
type liveSecrets interface {
	hook.Authenticator
	Fingerprints(key []byte) []string
}

// newSecrets returns the current secrets. They follow their file, if they have one.
func (s *Server) newSecrets(c config.Hook) (liveSecrets, error) {
	secrets, err := headerSecrets(c.AuthHeader, c.Secrets)
	if err != nil || c.SecretsFile == "" {
		return secrets, err
	}
	rotating := hook.NewRotatingSecrets(secrets)
	reloads, err := meter(s.opts.MeterProvider).Int64Counter("pschook_secret_reloads_total",
		metric.WithDescription("Reads of the file of hook secrets after a change or a SIGHUP, by result; after failed the former secrets stay live."))
	if err != nil {
		return nil, err
	}
	first := true // config.Load has already read the file and returned its warnings
	err = s.watch(watched{what: "hook secrets", paths: []string{c.SecretsFile}, reloads: reloads, load: func() error {
		read, warnings, err := config.ReadSecrets(c.SecretsFile, c.AuthHeader, first)
		if err != nil {
			return err
		}
		if !first {
			s.reread(config.Prefix+"HOOK_SECRETS_FILE", warnings)
		}
		first = false
		secrets, err := headerSecrets(c.AuthHeader, read)
		if err == nil {
			rotating.Replace(secrets)
		}
		return err
	}})
	return rotating, err
}

func headerSecrets(header string, secrets []config.Secret) (*hook.HeaderSecrets, error) {
	texts := make([]string, len(secrets))
	for i, s := range secrets {
		texts[i] = string(s)
	}
	return hook.NewHeaderSecrets(header, texts)
}

// watch loads files and watches them for changes while s runs.
func (s *Server) watch(w watched) error {
	loaded, err := newWatched(w)
	if err == nil {
		s.files = append(s.files, loaded)
	}
	return err
}
