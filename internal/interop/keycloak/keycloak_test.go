package keycloak_test

import (
	"testing"

	"pschook/internal/browser"
)

// TestRehearsal signs in through the whole chain. It takes minutes, so everything is tried on one Keycloak, one thing
// after the other. It skips without Keycloak, LemonLDAP::NG or Chromium; see testneed.RequireEnv.
func TestRehearsal(t *testing.T) {
	s := newStand(t)
	t.Run("gate", func(t *testing.T) { testGate(t, s) })
	t.Run("sameoid", func(t *testing.T) { testSameOID(t, s) })
	s.forgetEverybody(t)
	t.Run("stored", func(t *testing.T) { testStored(t, s) })
	t.Run("appairage", func(t *testing.T) { testAppairage(t, s) })
	s.forgetEverybody(t)
	t.Run("levels", func(t *testing.T) { testLevels(t, s) })
	t.Run("choice", func(t *testing.T) { testChoice(t, s) })
	t.Run("rofim", func(t *testing.T) { testRofim(t, s) })
	t.Run("chg", func(t *testing.T) { testCHG(t, s) })
	t.Run("scenarios", func(t *testing.T) { testScenarios(t, s) })
	s.forgetEverybody(t)
	s.startPortals(t)
	started := browser.Start(t)
	t.Run("personas", func(t *testing.T) { testPersonas(t, s, started) })
	t.Run("second", func(t *testing.T) { testSecondSignIn(t, s, started) })
	t.Run("changed", func(t *testing.T) { testChangedUser(t, s, started) })
	t.Run("failures", func(t *testing.T) { testFailures(t, s, started) })
}
