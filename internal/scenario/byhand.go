package scenario

import (
	"context"

	"pschook/verify/words"
)

// ByHand has an administrator make the [Changes]. Ask returns when that is done; Tell says what remains to be done.
type ByHand struct {
	Ask  func(ctx context.Context, do words.Text) error
	Tell func(words.Text)
}

// Rename has the login changed.
func (h ByHand) Rename(ctx context.Context, _ string) (login string, undo func(ctx context.Context) error, err error) {
	return "", func(context.Context) error {
			h.Tell(words.Say("Now give the person their old login back.", "Rendez maintenant son ancien login à la personne."))
			return nil
		}, h.Ask(ctx, words.Say("As administrator, give the person another login (Okta Admin Console › Directory › People › person › Profile).",
			"En tant qu'administrateur, donnez un autre login à la personne (Okta Admin Console › Directory › People › personne › Profile)."))
}

// EndSessions has the sessions ended, or waits until they are over.
func (h ByHand) EndSessions(ctx context.Context, _ string) error {
	return h.Ask(ctx, words.Say("As administrator, clear the person's sessions (Okta Admin Console › Directory › People › person › More Actions › Clear User Sessions), or wait until they are over.",
		"En tant qu'administrateur, terminez les sessions de la personne (Okta Admin Console › Directory › People › personne › More Actions › Clear User Sessions), ou attendez qu'elles expirent."))
}

// RotateKeys has the keys rotated.
func (h ByHand) RotateKeys(ctx context.Context) error {
	return h.Ask(ctx, words.Say("As administrator, rotate the signing keys of the authorization server (Okta: POST /api/v1/authorizationServers/…/credentials/lifecycle/keyRotate).",
		"En tant qu'administrateur, changez les clés de signature du serveur d'autorisation (Okta : POST /api/v1/authorizationServers/…/credentials/lifecycle/keyRotate)."))
}
