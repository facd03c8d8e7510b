package main

import (
	"fmt"
	"time"

	"pschook/internal/config"
	"pschook/internal/homologation"
	"pschook/internal/server"
	"pschook/verify/report"
	"pschook/verify/words"
)

const homologationVariable = config.Prefix + "HOMOLOGATION_FILE"

// checkHomologation is a rule for the configuration. The service does not use the file, so a wrong file only causes a
// warning.
func checkHomologation(c *config.Config) (faults []config.Fault, warnings []config.Warning) {
	if c.Claims.Homologation == "" {
		return nil, nil
	}
	text, err := (&app{}).readInput(c.Claims.Homologation)
	if err != nil {
		return nil, nil // package config reports that
	}
	if _, err := homologation.Parse(c.Claims.Homologation, text); err != nil {
		warnings = append(warnings, config.Fault{Variable: homologationVariable, Got: "a file with faults", Wanted: "one without", Remedy: err.Error()}.Tolerated())
	}
	return nil, warnings
}

// withHomologation adds to a report whether each means may be used today. Without a file it adds nothing.
func (a *app) withHomologation(found report.Report, file string, lang words.Language) (report.Report, error) {
	d, err := a.readHomologation(file)
	if err != nil || file == "" {
		return found, err
	}
	rules, err := a.leveledRules()
	if err != nil {
		return found, err
	}
	return found.With(d.Checks(rules, time.Now(), lang)), nil
}

// readHomologation reads the file; without a name it returns an empty document.
func (a *app) readHomologation(name string) (homologation.Document, error) {
	if name == "" {
		return homologation.Document{}, nil
	}
	text, err := a.readInput(name)
	if err != nil {
		return homologation.Document{}, &exitError{Code: exitUsage, Err: fmt.Errorf("%s: %w", homologationVariable, err)}
	}
	d, err := homologation.Parse(name, text)
	if err != nil {
		return d, &exitError{Code: exitUsage, Err: fmt.Errorf("cannot use the homologation file: %w", err), Hint: "docs/en/evidence.md describes it"}
	}
	return d, nil
}

// leveledRules returns the rules of the AMR policy with their levels.
func (a *app) leveledRules() ([]homologation.Rule, error) {
	policy, _, err := server.ReadPolicy(a.env[config.Prefix+"AMR_POLICY_FILE"])
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: fmt.Errorf("cannot use the AMR policy: %w", err)}
	}
	var rules []homologation.Rule
	for _, set := range server.AMRSets(policy) {
		rules = append(rules, homologation.Rule{Name: set.Name, Level: set.Level})
	}
	return rules, nil
}
