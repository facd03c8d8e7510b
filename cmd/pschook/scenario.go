package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/internal/outside"
	"pschook/internal/scenario"
	"pschook/internal/wait"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// emulatorPassword is the password of the emulator's people.
const emulatorPassword = "demo"

// scenarioFlags are the flags of verify that play scenarios.
type scenarioFlags struct {
	scenario string

	login, weakLogin, passwordFile string

	secondClientID, secondSecretFile string
	allowChanges                     bool
}

func (f *scenarioFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.scenario, "scenario", "", "play what happens around a sign-in: all, or names separated by commas")
	flags.StringVar(&f.login, "as", "", "with --scenario, sign in without a browser, with this login, on pages of the Okta emulator or of Keycloak")
	flags.StringVar(&f.weakLogin, "weak-as", "", "with --as, who signs in before a step-up, such as password@hopital.example")
	flags.StringVar(&f.passwordFile, "password-file", "", "with --as, read the password from this file (default: that of the emulator's people)")
	flags.StringVar(&f.secondClientID, "second-client-id", "", "with --scenario, client id of a second app, with the same redirect URL")
	flags.StringVar(&f.secondSecretFile, "second-client-secret-file", "", "with --second-client-id, read that app's secret from this file (default: it is a public client)")
	flags.BoolVar(&f.allowChanges, "allow-changes", false, "with --scenario, let scenarios rename the person for a moment, end their sessions, and rotate the signing keys")
}

func (f *scenarioFlags) check() error {
	if f.scenario == "" {
		if f.login+f.weakLogin+f.passwordFile+f.secondClientID+f.secondSecretFile != "" || f.allowChanges {
			return errors.New("--as, --weak-as, --password-file, --second-client-id, --second-client-secret-file and --allow-changes go with --scenario")
		}
		return nil
	}
	var errs []error
	if f.login == "" && f.weakLogin+f.passwordFile != "" {
		errs = append(errs, errors.New("--weak-as and --password-file go with --as"))
	}
	if f.secondClientID == "" && f.secondSecretFile != "" {
		errs = append(errs, errors.New("--second-client-secret-file goes with --second-client-id"))
	}
	if _, err := scenario.Choose(f.scenario); err != nil {
		errs = append(errs, fmt.Errorf("--scenario: %w", err))
	}
	return errors.Join(errs...)
}

// scenarioLines lists the scenarios for the help of the command.
func scenarioLines() []string {
	var lines []string
	for _, s := range scenario.Scenarios() {
		lines = append(lines, fmt.Sprintf("%-24s%s", s.Name, s.Title.In(words.English)))
	}
	return lines
}

// scenarios plays the chosen scenarios.
func (a *app) scenarios(ctx context.Context, f verifyFlags) (report.Report, error) {
	chosen, err := scenario.Choose(f.scenario)
	if err != nil {
		return report.Report{}, err
	}
	opts, closeAll, err := a.scenarioOptions(ctx, f)
	if err != nil {
		return report.Report{}, err
	}
	defer closeAll()
	found, err := scenario.Run(ctx, opts, chosen, func(s scenario.Scenario) {
		_, _ = fmt.Fprintln(a.io.err, "\n"+words.Say("%s: %s", "%s : %s", s.Name, s.Title).In(f.language())) // a failure cannot be reported anywhere else
	})
	return found, providerFailure(err, f.language())
}

// scenarioOptions makes the options; closeAll frees their resources.
func (a *app) scenarioOptions(ctx context.Context, f verifyFlags) (opts scenario.Options, closeAll func(), err error) {
	client, err := a.verifyClient(f)
	if err != nil {
		return opts, nil, &exitError{Code: exitUsage, Err: err}
	}
	opts = scenario.Options{Now: time.Now, Wait: wait.For, WeakLogin: f.weakLogin}
	if opts.Base, err = a.expectations(f, client); err != nil {
		return opts, nil, err
	}
	closeAll = func() {}
	var person *person
	if f.scenarioFlags.login == "" {
		var listener net.Listener
		if listener, client.RedirectURL, err = listenLoopback(ctx, f.redirectURL); err != nil {
			return opts, nil, &exitError{Code: exitUsage, Err: err}
		}
		person = a.newPerson(listener, f)
		closeAll, opts.NewBrowser = person.close, person.newBrowser
	} else {
		client.RedirectURL = f.redirectURL
		opts.NewBrowser, err = a.walker(f)
	}
	if err == nil {
		opts.Client, opts.Second = client, client
		opts.Second.ClientID = f.secondClientID
		if opts.Second.ClientSecret, err = a.secondSecret(f); err == nil {
			opts.Changes, err = a.changes(ctx, f, person)
		}
	}
	if err != nil {
		closeAll()
		return opts, nil, err
	}
	return opts, closeAll, nil
}

// secondSecret is that of the second app; "" makes it a public client.
func (a *app) secondSecret(f verifyFlags) (rp.Secret, error) {
	if f.secondSecretFile == "" {
		return "", nil
	}
	text, err := a.readInput(f.secondSecretFile)
	if err != nil {
		return "", &exitError{Code: exitUsage, Err: fmt.Errorf("--second-client-secret-file: %w", err)}
	}
	return rp.Secret(bytes.TrimSpace(text)), nil
}

// walker signs in by itself. The password goes to pages of the issuer's host, and on this machine to others of it.
func (a *app) walker(f verifyFlags) (func() scenario.Browser, error) {
	password := emulatorPassword
	if f.passwordFile != "" {
		text, err := a.readInput(f.passwordFile)
		if err != nil {
			return nil, &exitError{Code: exitUsage, Err: fmt.Errorf("--password-file: %w", err)}
		}
		password = string(bytes.TrimSpace(text))
	}
	issuer, err := url.Parse(f.issuer)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: fmt.Errorf("--issuer: %w", err)}
	}
	hosts := []string{issuer.Host}
	if outside.IsLoopback(issuer.Hostname()) { // an emulated org behind a Keycloak, or the other way round
		hosts = append(hosts, "127.0.0.1:*", "localhost:*", "::1:*")
	}
	return func() scenario.Browser {
		return scenario.NewWalker(f.scenarioFlags.login, password, hosts)
	}, nil
}

// changes returns the Changes: through the Management API if there is a credential, otherwise by asking the person;
// nil: none are allowed.
func (a *app) changes(ctx context.Context, f verifyFlags, person *person) (scenario.Changes, error) {
	if !f.allowChanges {
		return nil, nil //nolint:nilnil // no changes are allowed
	}
	if f.profile != verify.DefaultProfile && person == nil {
		return nil, &exitError{Code: exitUsage, Err: fmt.Errorf("--allow-changes with --profile %s: pschook can change an Okta org alone; leave --as out, and the terminal tells an administrator what to do", f.profile)}
	}
	if f.profile != verify.DefaultProfile || !hasCredential(a.env) {
		if person != nil {
			return person.changes(), nil
		}
		return nil, noCredential()
	}
	c, err := a.loadConfig(ctx)
	if err != nil {
		return nil, err
	}
	client, err := managementClient(c, scenario.OktaScopes()...)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: err}
	}
	return scenario.Okta{
		ServerID: oktaread.ServerID(f.issuer),
		Client:   oktaread.Client{OrgURL: c.Okta.OrgURL, HTTP: client, Now: time.Now, Wait: a.waitForRateLimit(f.lang)},
	}, nil
}

// hasCredential reports whether a credential for the Management API is set, even if it is wrong.
func hasCredential(env config.Source) bool {
	return slices.ContainsFunc([]string{"OKTA_API_TOKEN", "OKTA_API_TOKEN_FILE", "OKTA_CLIENT_ID"}, func(name string) bool { return env[config.Prefix+name] != "" })
}
