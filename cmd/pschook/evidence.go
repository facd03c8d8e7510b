package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/doctor"
	"pschook/internal/evidence"
	"pschook/internal/homologation"
	"pschook/internal/sbom"
	"pschook/internal/scenario"
	"pschook/internal/server"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// noScenario is the name for playing none.
const noScenario = "none"

// evidenceFlags are the flags of evidence create.
type evidenceFlags struct {
	verifyFlags
	output       string
	hookURL      string
	homologation string
	reports      []string

	signKey, passphraseFile, pseudonymKey string
}

func (a *app) evidenceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "Pack proof of tests into an archive that anybody can check, and check one",
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.evidenceCreateCommand(), a.evidenceVerifyCommand())
	return cmd
}

func (a *app) evidenceCreateCommand() *cobra.Command {
	var f evidenceFlags
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Run doctor and the scenarios, and pack what they found",
		Long: `Run doctor and the scenarios and write one zip file: their reports, the AMR policy with its attestations, the
homologations, the configuration without secrets, the provider's metadata and the thumbprints of its keys, the version
and bill of materials of this program, a summary of two pages in French and in English, and SHA256SUMS, signed if
--sign-key names a key of OpenSSH. What names a person is replaced by pseudonyms.

The configuration comes from the environment, as for doctor and verify. Doctor needs a credential for Okta's Management
API; without one it is left out, which the archive says.

Exit codes: 0 the archive is written, and nothing in it fails; 1 it is written, and something fails; 2 it could not be
made.`,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			f.fromEnvironment(cmd, a.env)
			f.homologation = cmp.Or(f.homologation, a.env[homologationVariable])
			return f.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.evidenceCreate(cmd.Context(), f) },
	}
	f.registerProvider(cmd)
	f.scenarioFlags.register(cmd)
	flags := cmd.Flags()
	flags.Lookup("scenario").Usage += "; none plays none"
	flags.Lookup("scenario").DefValue = scenario.All
	f.scenario = scenario.All
	flags.StringVarP(&f.output, "output", "o", "", "write the archive to this new file (default: pschook-evidence-TIME.zip)")
	flags.StringVar(&f.hookURL, "hook-url", "", "URL under which Okta reaches the service, for doctor (default: where PSCHOOK_RP_REDIRECT_URL is)")
	flags.StringVar(&f.homologation, "homologation", "", "read from this file by what right each means of identification is used (default: PSCHOOK_HOMOLOGATION_FILE)")
	flags.StringSliceVar(&f.reports, "report", nil, "add this file, a report of verify in JSON; may be given more than once")
	flags.StringVar(&f.signKey, "sign-key", "", "sign by the private key of OpenSSH in this file")
	flags.StringVar(&f.passphraseFile, "sign-key-passphrase-file", "", "read the passphrase of --sign-key from this file")
	flags.StringVar(&f.pseudonymKey, "pseudonym-key-file", "", "key of pseudonyms in this file, for the same ones in each archive (default: a new key, which nobody keeps)")
	return cmd
}

func (f *evidenceFlags) check() error {
	f.login, f.format = false, formatJSON
	errs := []error{nil}
	if f.scenario == noScenario {
		f.scenario = ""
	}
	if f.passphraseFile != "" && f.signKey == "" {
		errs = append(errs, errors.New("--sign-key-passphrase-file goes with --sign-key"))
	}
	checked := f.verifyFlags
	if checked.scenario == "" {
		checked.scenario = scenario.All // so that the check requires no tokens
	}
	return errors.Join(append(errs, checked.check())...)
}

// dossier is an archive that is being made.
type dossier struct {
	lang       words.Language
	pseudonyms *evidence.Pseudonyms
	members    []evidence.Member
	summary    evidence.Summary
}

// add adds a text without addresses and ids of persons.
func (d *dossier) add(name string, text []byte) {
	d.members = append(d.members, evidence.Member{Name: name, Body: d.pseudonyms.Addresses(text)})
}

func (d *dossier) addJSON(name string, value any) error {
	text, err := json.Marshal(value, json.Deterministic(true), jsontext.WithIndent("  "))
	if err == nil {
		d.add(name, append(text, '\n'))
	}
	return err
}

// addReport adds a report and counts it.
func (d *dossier) addReport(name string, title words.Text, r report.Report) error {
	r, err := d.pseudonyms.Report(r, d.lang)
	if err != nil {
		return err
	}
	text, err := r.JSON()
	if err != nil {
		return err
	}
	var xml bytes.Buffer
	if err := r.WriteJUnit(&xml); err != nil {
		return err
	}
	d.add(name+".json", text)
	d.add(name+".xml", xml.Bytes())
	d.summary.Proofs = append(d.summary.Proofs, proofOf(title, name+".json", r))
	for _, c := range r.Checks {
		if c.Status == report.StatusFail || c.Status == report.StatusWarn {
			d.summary.Attention = append(d.summary.Attention, filepath.Base(name)+": "+c.ID)
		}
	}
	return nil
}

func proofOf(title words.Text, file string, r report.Report) evidence.Proof {
	return evidence.Proof{
		Title: title, File: file, Status: r.Verdict,
		Fail: r.Count(report.StatusFail), Warn: r.Count(report.StatusWarn), Pass: r.Count(report.StatusPass), Skip: r.Count(report.StatusSkip),
	}
}

func (d *dossier) lacks(t words.Text) { d.summary.Absent = append(d.summary.Absent, t) }

// evidenceCreate makes the archive and says what it contains.
func (a *app) evidenceCreate(ctx context.Context, f evidenceFlags) error {
	if err := a.completeIssuer(&f.verifyFlags); err != nil {
		return asUsage(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	name := cmp.Or(f.output, "pschook-evidence-"+now.Format("20060102T150405Z")+".zip")
	if err := canBeNew(name); err != nil { // before scenarios take their time
		return &exitError{Code: exitUsage, Err: fmt.Errorf("--output: %w", err)}
	}
	lang, _ := words.ParseLanguage(f.lang) // both checked before
	profile, _ := verify.ProfileNamed(f.profile)
	d := &dossier{lang: lang, summary: evidence.Summary{
		Issuer: f.issuer, ClientID: f.clientID, TID: f.expectedTID, Profile: f.profile, Rules: profile.Title(), Version: thisBuild().Version, At: now,
	}}
	sign, err := a.signer(f, d)
	if err == nil {
		d.pseudonyms, err = a.pseudonyms(f)
	}
	if err != nil {
		return &exitError{Code: exitUsage, Err: err}
	}
	for _, collect := range []func(context.Context, evidenceFlags, *dossier) error{
		a.addReports, a.addScenarios, a.addDoctor, a.addPolicy, a.addConfiguration, a.addProvider, a.addProgram,
	} {
		if err := collect(ctx, f, d); err != nil {
			return asUsage(err)
		}
	}
	if err := d.finish(); err != nil {
		return asUsage(err)
	}
	archive, err := evidence.Pack(d.members, now, sign)
	if err != nil {
		return asUsage(err)
	}
	if err := writeNew(name, archive); err != nil {
		return asUsage(err)
	}
	return a.tellEvidence(name, d)
}

// asUsage makes an error exit with code 2: no archive was made.
func asUsage(err error) error {
	if e, ok := errors.AsType[*exitError](err); ok {
		return &exitError{Code: exitUsage, Err: err, Hint: e.Hint}
	}
	return &exitError{Code: exitUsage, Err: err}
}

// tellEvidence says where the archive is, what is missing, and what fails in it.
func (a *app) tellEvidence(name string, d *dossier) error {
	for _, t := range d.summary.Absent {
		a.warn(t.In(d.lang))
	}
	if _, err := fmt.Fprintln(a.io.out, name); err != nil {
		return err
	}
	var failed []string
	for _, p := range d.summary.Proofs {
		if p.Status == report.StatusFail {
			failed = append(failed, p.File)
		}
	}
	if len(failed) > 0 {
		return &exitError{Err: fmt.Errorf("the archive is written, and something fails in it: %s", strings.Join(failed, ", ")), Hint: "see its summary"}
	}
	return nil
}

func (a *app) signer(f evidenceFlags, d *dossier) (func([]byte) ([]byte, error), error) {
	if f.signKey == "" {
		d.lacks(words.Say("The archive is not signed: name a key with --sign-key.", "L'archive n'est pas signée : nommez une clé par --sign-key."))
		return nil, nil //nolint:nilnil // not signed
	}
	key, err := a.readInput(f.signKey)
	if err != nil {
		return nil, fmt.Errorf("--sign-key: %w", err)
	}
	var passphrase []byte
	if f.passphraseFile != "" {
		if passphrase, err = a.readInput(f.passphraseFile); err != nil {
			return nil, fmt.Errorf("--sign-key-passphrase-file: %w", err)
		}
		passphrase = bytes.TrimRight(passphrase, "\r\n")
	}
	sign, fingerprint, err := evidence.Signer(key, passphrase)
	if err != nil {
		return nil, fmt.Errorf("--sign-key: %w", err)
	}
	d.summary.Signer = fingerprint
	return sign, nil
}

func (a *app) pseudonyms(f evidenceFlags) (*evidence.Pseudonyms, error) {
	var key []byte
	if f.pseudonymKey != "" {
		text, err := a.readInput(f.pseudonymKey)
		if err != nil {
			return nil, fmt.Errorf("--pseudonym-key-file: %w", err)
		}
		if key = bytes.TrimSpace(text); len(key) == 0 {
			return nil, fmt.Errorf("--pseudonym-key-file: %q is empty", f.pseudonymKey)
		}
	}
	p, err := evidence.NewPseudonyms(key)
	if err != nil {
		return nil, fmt.Errorf("--pseudonym-key-file: %w", err)
	}
	return p, nil
}

// addReports adds existing reports of sign-ins.
func (a *app) addReports(_ context.Context, f evidenceFlags, d *dossier) error {
	for _, file := range f.reports {
		text, err := a.readInput(file)
		if err != nil {
			return fmt.Errorf("--report: %w", err)
		}
		var r report.Report
		if err := json.Unmarshal(text, &r); err != nil || r.Profile == "" || len(r.Checks) == 0 {
			return fmt.Errorf("--report: %q is no report of pschook verify --format json", file)
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		title := words.Say("Sign-in, profile %s", "Connexion, profil %s", words.Literal(r.Profile))
		if err := d.addReport("reports/"+name, title, r); err != nil {
			return fmt.Errorf("--report: %q: %w", file, err)
		}
	}
	return nil
}

// addScenarios plays scenarios and adds their reports.
func (a *app) addScenarios(ctx context.Context, f evidenceFlags, d *dossier) error {
	if f.scenario == "" {
		d.lacks(words.Say("No scenarios were played (--scenario none).", "Aucun scénario n'a été joué (--scenario none)."))
		return nil
	}
	chosen, err := scenario.Choose(f.scenario)
	if err != nil {
		return err
	}
	found, err := a.scenarios(ctx, f.verifyFlags)
	if err != nil {
		return err
	}
	for _, s := range chosen {
		d.summary.Scenarios = append(d.summary.Scenarios, proofOf(s.Title, "scenarios.json", partOf(found, s)))
	}
	return d.addReport("scenarios", words.Say("Scenarios of sign-ins", "Scénarios de connexion"), found)
}

// partOf returns the part of a report that is about one scenario. If the whole scenario was skipped, the part has that
// status.
func partOf(found report.Report, s scenario.Scenario) report.Report {
	checks := slices.DeleteFunc(slices.Clone(found.Checks), func(c report.Check) bool { return !strings.HasPrefix(c.ID, s.Name+".") })
	return report.New(found.Profile, found.Language(), checks)
}

// addDoctor checks the org, if everything that doctor needs is given.
func (a *app) addDoctor(ctx context.Context, f evidenceFlags, d *dossier) error {
	df := doctorFlags{hookURL: f.hookURL, logSince: time.Hour}
	df.amr = doctor.DefaultAMR()
	df.issuer, df.clientID, df.lang, df.format = f.issuer, f.clientID, f.lang, formatText
	c, _, err := a.readConfig(ctx)
	if err := together(append(df.missing(a.env), err)...); err != nil {
		d.lacks(words.Say("Doctor was not run: %s.", "Doctor n'a pas été lancé : %s.", words.Literal(words.Shorten(firstLine(err.Error()), 200))))
		return nil
	}
	if err := df.complete(c, true); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	found, err := a.doctorReport(ctx, c, df)
	if err != nil {
		return err
	}
	return d.addReport("doctor", words.Say("State of the Okta org (doctor)", "État de l'organisation Okta (doctor)"), found)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, ":")
}

// addPolicy adds the AMR policy with its attestations, and the homologations.
func (a *app) addPolicy(_ context.Context, f evidenceFlags, d *dossier) error {
	policy, _, err := server.ReadPolicy(a.env[config.Prefix+"AMR_POLICY_FILE"])
	if err != nil {
		return fmt.Errorf("cannot use the AMR policy: %w", err)
	}
	d.add("amr-policy.yaml", policy.Text())
	document, err := a.readHomologation(f.homologation)
	if err != nil {
		return err
	}
	if f.homologation == "" {
		d.lacks(words.Say("Nothing says by what right each MIE is used: name a file with --homologation or PSCHOOK_HOMOLOGATION_FILE.",
			"Rien ne dit à quel titre chaque MIE est utilisé : nommez un fichier par --homologation ou PSCHOOK_HOMOLOGATION_FILE."))
	} else {
		d.add("homologation.yaml", document.Text())
		d.summary.Establishment = document.Establishment
	}
	rules, err := a.leveledRules()
	if err != nil {
		return err
	}
	for _, rule := range policy.Rules() {
		m := evidence.Means{Rule: rule.Name, All: rule.All, Any: rule.Any, Emit: rule.Emit, Attest: rule.Attest, State: homologation.StateMissing}
		if i := slices.IndexFunc(rules, func(r homologation.Rule) bool { return r.Name == rule.Name }); i >= 0 {
			m.Level = rules[i].Level
		}
		if found, ok := document.For(rule.Name); ok {
			m.Homologation, m.State, m.Overstated = found, found.On(d.summary.At), found.Below(m.Level)
		}
		d.summary.Means = append(d.summary.Means, m)
	}
	if f.homologation == "" {
		return nil
	}
	return d.addReport("homologation", words.Say("Homologation of the MIE", "Homologation des MIE"), report.New("homologation", d.lang, document.Checks(rules, d.summary.At, d.lang)))
}

// addConfiguration adds the settings in effect; secrets are redacted.
func (a *app) addConfiguration(ctx context.Context, _ evidenceFlags, d *dossier) error {
	c, warnings, err := a.readConfig(ctx)
	if err != nil {
		d.lacks(words.Say("The configuration of the service is not included: this environment holds none that can be used.", "La configuration du service n'est pas jointe : cet environnement n'en contient pas d'utilisable."))
		return nil //nolint:nilerr // an archive may lack parts, and says so
	}
	type setting struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Origin string `json:"origin"`
	}
	all := struct {
		Settings []setting `json:"settings"`
		Warnings []string  `json:"warnings"`
	}{Warnings: []string{}}
	for _, s := range c.Settings(a.env) {
		all.Settings = append(all.Settings, setting{s.Variable.Name, s.Value, string(s.Origin)})
	}
	for _, w := range warnings {
		all.Warnings = append(all.Warnings, w.String())
	}
	return d.addJSON("configuration.json", all)
}

// addProvider adds the provider's metadata and the thumbprints of its keys.
func (a *app) addProvider(ctx context.Context, f evidenceFlags, d *dossier) error {
	opts, err := a.verifyClient(f.verifyFlags)
	if err != nil {
		return err
	}
	client, err := rp.NewClient(opts)
	if err != nil {
		return err
	}
	defer client.Close()
	endpoints, err := client.Endpoints(ctx)
	if err != nil {
		return providerFailure(err, d.lang)
	}
	document := endpoints.Document.Clone()
	if err := document.Indent(jsontext.WithIndent("  ")); err != nil {
		return err
	}
	d.add("provider.json", append(document, '\n'))
	set, err := client.KeySet(ctx)
	if err == nil {
		d.summary.Keys, err = evidence.Keys(set)
	}
	if err != nil {
		return providerFailure(err, d.lang)
	}
	return d.addJSON("keys.json", d.summary.Keys)
}

// addProgram adds the version and the parts of this program.
func (a *app) addProgram(_ context.Context, _ evidenceFlags, d *dossier) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program does not say what it is made of")
	}
	return errors.Join(d.addJSON("version.json", thisBuild()), d.addJSON("sbom.cdx.json", sbom.New(info)))
}

// finish writes the members that summarise all others.
func (d *dossier) finish() error {
	for _, lang := range []words.Language{words.French, words.English} {
		page, err := d.summary.HTML(lang)
		if err != nil {
			return err
		}
		d.add("summary."+string(lang)+".html", page)
	}
	type proof struct {
		File    string        `json:"file"`
		Verdict report.Status `json:"verdict"`
	}
	manifest := struct {
		Created  string   `json:"created"`
		Issuer   string   `json:"issuer"`
		ClientID string   `json:"client_id"`
		TID      string   `json:"tid"`
		Profile  string   `json:"profile"`
		Version  string   `json:"version"`
		Proofs   []proof  `json:"proofs"`
		Absent   []string `json:"absent"`
	}{
		d.summary.At.Format(time.RFC3339), d.summary.Issuer, d.summary.ClientID, d.summary.TID, d.summary.Profile, d.summary.Version, []proof{}, []string{},
	}
	for _, p := range d.summary.Proofs {
		manifest.Proofs = append(manifest.Proofs, proof{p.File, p.Status})
	}
	for _, t := range d.summary.Absent {
		manifest.Absent = append(manifest.Absent, t.In(words.English))
	}
	return d.addJSON("manifest.json", manifest)
}

// evidenceVerifyFlags are the flags of evidence verify.
type evidenceVerifyFlags struct {
	signers, identity, format, lang string
}

func (a *app) evidenceVerifyCommand() *cobra.Command {
	var f evidenceVerifyFlags
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check an archive: every file, and who signed",
		Long: `Check every file of an archive of evidence create against SHA256SUMS, and the signature of that. What was altered is named.

--allowed-signers names a file of keys that you trust, as ssh-keygen(1) describes it under ALLOWED SIGNERS:
  tester@example.org namespaces="pschook-evidence" ssh-ed25519 AAAA…

Exit codes: 0 all is well, perhaps with warnings; 1 something was altered, signed by somebody else,
or not signed although --allowed-signers is given; 2 wrong usage, or
a file could not be read.`,
		Args: cobra.ExactArgs(1),
		PreRunE: func(*cobra.Command, []string) error {
			f.lang = cmp.Or(f.lang, localeLanguage(a.env))
			if f.identity != "" && f.signers == "" {
				return errors.New("--identity goes with --allowed-signers")
			}
			return errors.Join(oneOf("format", f.format, formatText, formatJSON, formatJUnit), oneOf("lang", f.lang, string(words.English), string(words.French)))
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.evidenceVerify(args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.signers, "allowed-signers", "", "believe the keys in this file")
	flags.StringVar(&f.identity, "identity", "", "who must have signed (default: anybody in that file)")
	flags.StringVar(&f.format, "format", formatText, "form of the report: text, json or junit")
	flags.StringVar(&f.lang, "lang", "", "language of the report: en or fr (default: that of LC_ALL, LC_MESSAGES or LANG)")
	return cmd
}

func (a *app) evidenceVerify(name string, f evidenceVerifyFlags) error {
	archive, err := a.readFile(name, evidence.MaxArchive)
	if err != nil {
		return &exitError{Code: exitUsage, Err: err}
	}
	lang, _ := words.ParseLanguage(f.lang) // checked before
	opts := evidence.CheckOptions{Identity: f.identity, Now: time.Now(), Language: lang}
	if f.signers != "" {
		text, err := a.readInput(f.signers)
		if err != nil {
			return &exitError{Code: exitUsage, Err: fmt.Errorf("--allowed-signers: %w", err)}
		}
		signers, err := evidence.ParseAllowedSigners(text)
		if err != nil {
			return &exitError{Code: exitUsage, Err: fmt.Errorf("--allowed-signers: %q: %w", f.signers, err)}
		}
		opts.Signers = &signers
	}
	return a.finish(evidence.Check(archive, opts), f.format)
}
