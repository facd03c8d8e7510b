package evidence

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"pschook/verify/report"
	"pschook/verify/words"
)

// CheckOptions say whose signatures to trust.
type CheckOptions struct {
	Signers  *AllowedSigners // trusted signers; nil: none
	Identity string          // who must have signed; "": any trusted signer
	Now      time.Time       // time at which the signer's key must be valid
	Language words.Language
}

// Check checks an archive: each member against SHA256SUMS, and SHA256SUMS against its signature.
// The report names what is wrong.
func Check(archive []byte, opts CheckOptions) report.Report {
	o, err := open(archive)
	if err != nil {
		return report.Run("evidence", opts.Language, []report.Rule[struct{}]{{ID: "archive", Title: archiveTitle(), Run: func(struct{}) report.Finding {
			return report.Fail(words.Say("an archive of pschook evidence create", "une archive de pschook evidence create"), words.Literal(err.Error()), again())
		}}}, struct{}{})
	}
	rules := []report.Rule[opened]{
		{ID: "signature", Title: words.Say("SHA256SUMS was signed by somebody who is known", "SHA256SUMS a été signé par quelqu'un de connu"), Spec: "OpenSSH, PROTOCOL.sshsig", Run: opts.signature},
	}
	sums := listed(o)
	var names []string
	for _, m := range o.members {
		names = append(names, m.Name)
	}
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == SumsName || n == SignatureName })
	for _, name := range names {
		rules = append(rules, report.Rule[opened]{
			ID: "file." + words.Printable(words.Shorten(name, 200)), Title: words.Say("The file is as it was packed", "Le fichier est tel qu'il a été emballé"), Spec: SumsName,
			Run: func(o opened) report.Finding { return unchanged(o, name, sums[name]) },
		})
	}
	rules = append(rules, report.Rule[opened]{ID: "archive", Title: archiveTitle(), Run: func(o opened) report.Finding { return form(o, archive) }})
	return report.Run("evidence", opts.Language, rules, o)
}

func archiveTitle() words.Text {
	return words.Say("The archive is as pschook writes it", "L'archive est telle que pschook l'écrit")
}

func again() words.Text {
	return words.Say("Do not rely on it: ask for the archive again, by another way.", "Ne vous y fiez pas : demandez à nouveau l'archive, par une autre voie.")
}

// listed returns the digests of SHA256SUMS by name.
func listed(o opened) map[string]string {
	sums := map[string]string{}
	text, _ := o.get(SumsName)
	for line := range strings.Lines(string(text)) {
		if m := regexp.MustCompile(`^([0-9a-f]{64})  (.+)\n$`).FindStringSubmatch(line); m != nil {
			sums[m[2]] = m[1]
		}
	}
	return sums
}

// unchanged compares a member with its digest.
func unchanged(o opened, name, want string) report.Finding {
	f := report.Want(words.Say("SHA-256 %s", "SHA-256 %s", words.Literal(want)))
	if want == "" {
		f.Expected = words.Say("only what SHA256SUMS lists", "seulement ce que SHA256SUMS énumère")
	}
	if _, ok := o.get(SumsName); !ok {
		return report.BlockedBy("signature") // there is nothing to compare with
	}
	body, there := o.get(name)
	altered := words.Say("This file was altered, added or taken away after the archive was made. Do not rely on it: ask for the archive again, by another way.",
		"Ce fichier a été modifié, ajouté ou retiré après la création de l'archive. Ne vous y fiez pas : demandez à nouveau l'archive, par une autre voie.")
	twice := 0
	for _, m := range o.members {
		if m.Name == name {
			twice++
		}
	}
	switch {
	case !there:
		return f.Got(words.Say("the file is missing", "le fichier manque")).Fail(altered)
	case o.damaged[name] != nil:
		return f.Got(words.Say("damaged: %s", "endommagé : %s", words.Literal(o.damaged[name].Error()))).Fail(altered)
	case twice > 1:
		return f.Got(words.Say("the file is there twice", "le fichier y est deux fois")).Fail(altered)
	case want == "":
		return f.Got(words.Say("the file is not listed", "le fichier n'est pas énuméré")).Fail(altered)
	case digest(body) != want:
		return f.Got(words.Literal("SHA-256 " + digest(body))).Fail(altered)
	}
	return f.Got(words.Literal("SHA-256 " + want)).Pass()
}

// signature checks who signed SHA256SUMS.
func (opts CheckOptions) signature(o opened) report.Finding {
	f := report.Want(words.Say("signed by somebody who is known", "signé par quelqu'un de connu"))
	sums, ok := o.get(SumsName)
	armored, signed := o.get(SignatureName)
	switch {
	case !ok || o.damaged[SumsName] != nil:
		return f.Got(words.Say("SHA256SUMS is missing or damaged", "SHA256SUMS manque ou est endommagé")).Fail(again())
	case !signed && opts.Signers != nil:
		return f.Got(words.Say("not signed", "non signé")).Fail(words.Say(
			"Nobody vouches for this archive; whoever altered it may have taken the signature away. Ask for a signed one: pschook evidence create --sign-key.",
			"Personne ne répond de cette archive ; qui l'a modifiée a pu retirer la signature. Demandez-en une signée : pschook evidence create --sign-key."))
	case !signed:
		return f.Got(words.Say("not signed", "non signé")).Warn(words.Say(
			"Anybody may have made this archive. Have it signed: pschook evidence create --sign-key.", "N'importe qui a pu faire cette archive. Faites-la signer : pschook evidence create --sign-key."))
	}
	signature, err := sshsig.Unarmor(armored)
	if err != nil {
		return f.Got(words.Say("SHA256SUMS.sig is damaged", "SHA256SUMS.sig est endommagé")).Fail(again())
	}
	if err := sshsig.Verify(bytes.NewReader(sums), signature, signature.PublicKey, signature.HashAlgorithm, Namespace); err != nil {
		return f.Got(words.Say("the signature does not hold: SHA256SUMS or its signature was altered", "la signature ne tient pas : SHA256SUMS, ou sa signature, a été modifié")).Fail(again())
	}
	fingerprint := words.Literal(ssh.FingerprintSHA256(signature.PublicKey))
	if opts.Signers == nil {
		return f.Got(words.Say("signed by %s", "signé par %s", fingerprint)).Warn(words.Say(
			"Whose key that is, is not known here: name a file of keys that you trust with --allowed-signers.", "À qui est cette clé n'est pas connu ici : nommez par --allowed-signers un fichier de clés de confiance."))
	}
	principals, ok := opts.Signers.find(signature.PublicKey, opts.Identity, opts.Now)
	if !ok {
		return f.Got(words.Say("signed by %s", "signé par %s", fingerprint)).Fail(words.Say(
			"That key is not among those of --allowed-signers, or not for this use, this identity or this time.", "Cette clé n'est pas parmi celles de --allowed-signers, ou pas pour cet usage, cette identité ou cette date."))
	}
	return f.Got(words.Say("signed by %s (%s)", "signé par %s (%s)", words.Literal(words.Printable(principals)), fingerprint)).Pass()
}

// form packs the members again. Any difference is outside of them, in the zip file's own bytes.
func form(o opened, archive []byte) report.Finding {
	f := report.Want(words.Say("the same bytes when packed again", "les mêmes octets une fois réemballé"))
	packed, err := write(o.members, o.at)
	if err != nil || !bytes.Equal(packed, archive) {
		return f.Got(words.Say("other bytes", "d'autres octets")).Warn(words.Say(
			"The archive was packed anew, or altered beside its files; what the other checks say of the files holds.", "L'archive a été réemballée, ou modifiée à côté de ses fichiers ; ce que les autres contrôles disent des fichiers reste vrai."))
	}
	return f.Got(words.Say("the same bytes", "les mêmes octets")).Pass()
}
