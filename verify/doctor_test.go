package verify

import (
	"slices"
	"strings"
	"testing"

	"pschook/internal/doctor"
	"pschook/verify/report"
)

// Checks name only existing checks of doctor, and only existing checks of the profile name them.
func TestDoctorChecksExist(t *testing.T) {
	t.Parallel()
	p, err := ProfileNamed("psc")
	if err != nil {
		t.Fatal(err)
	}
	for id, checks := range doctorOf() {
		if !p.holds(id) {
			t.Errorf("%s is no check of the profile", id)
		}
		for _, check := range checks {
			if !slices.Contains(doctor.CheckIDs(), check) {
				t.Errorf("%s: doctor has no check %s", id, check)
			}
		}
	}
}

// A failed check names the check of doctor that finds the cause; other checks name none. Profiles
// for other providers name none either, because doctor reads only Okta orgs.
func TestFailuresPointToDoctor(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	w.ID.Claims["iss"] = "https://custom.example/oauth2/default"
	r := Run(t.Context(), w.input(t))
	for _, c := range r.Checks {
		if want := c.ID == "id.iss"; (len(c.Doctor) > 0) != want {
			t.Errorf("%s (%s): doctor %v", c.ID, c.Status, c.Doctor)
		}
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "The cause, by pschook doctor: server.issuer\n") {
		t.Errorf("text %q, %v", text.String(), err)
	}
	op := goodWorld(t, "psc-op")
	op.ID.Claims["iss"] = "https://custom.example/oauth2/default"
	if c, _ := Run(t.Context(), op.input(t)).Check("id.iss"); c.Status != report.StatusFail || c.Doctor != nil {
		t.Errorf("psc-op: id.iss %s, doctor %v", c.Status, c.Doctor)
	}
}
