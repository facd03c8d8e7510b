// Package mishap says in words what came of a request to a server outside, and what to do about it: each fault of the
// network and each kind of answer has a sentence and a remedy of its own, in English and in French.
//
// It quotes nothing of an answer. mishap imports [pschook/internal/outside] and [pschook/verify/words] alone of this module.
package mishap

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"pschook/internal/outside"
	"pschook/verify/words"
)

// Content is what an answer holds, as far as that tells what went wrong.
type Content int

// The kinds of content.
const (
	Other Content = iota
	Empty
	HTML
	JSON // an object or a list, judging by its first character
)

// Look tells the content of a body.
func Look(body []byte) Content {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	switch {
	case len(body) == 0:
		return Empty
	case body[0] == '<':
		return HTML
	case body[0] == '{' || body[0] == '[':
		return JSON
	}
	return Other
}

// Text is the content in words.
func (c Content) Text() words.Text {
	switch c {
	case Empty:
		return words.Say("nothing in it", "rien dedans")
	case HTML:
		return words.Say("a page of HTML", "une page HTML")
	case JSON:
		return words.Say("JSON", "du JSON")
	}
	return words.Say("text that is no JSON", "un texte qui n'est pas du JSON")
}

// AnswerError is an answer that is of no use.
type AnswerError struct {
	Address string // what was asked, without query
	Status  int
	Content Content
	Lacks   string // member that the JSON does not have; may be empty
}

// Error says what was answered.
func (e *AnswerError) Error() string { return e.Text().In(words.English) }

// Text says what was answered.
func (e *AnswerError) Text() words.Text {
	if e.Lacks != "" {
		return words.Say("%s answered status %d with JSON that has no %s", "%s a répondu le statut %d avec du JSON sans %s", e.Address, e.Status, e.Lacks)
	}
	return words.Say("%s answered status %d with %s", "%s a répondu le statut %d avec %s", e.Address, e.Status, e.Content.Text())
}

// Remedy says what to do about the answer.
func (e *AnswerError) Remedy() words.Text {
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return words.Say("The provider, or a gateway in front of it, refuses this machine: look for an allow-list of addresses, a network zone, or a sign-in that it asks for.",
			"Le fournisseur, ou une passerelle devant lui, refuse cette machine : cherchez une liste d'adresses autorisées, une zone réseau, ou une connexion qu'il exige.")
	case e.Status == http.StatusProxyAuthRequired:
		return words.Say("The proxy on the way asks for a name and password: put them into HTTPS_PROXY, or have the proxy let this machine through.",
			"Le proxy sur le chemin demande un nom et un mot de passe : mettez-les dans HTTPS_PROXY, ou faites admettre cette machine par le proxy.")
	case e.Status == http.StatusNotFound || e.Status == http.StatusGone || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented:
		return words.Say("There is no such thing at this address: compare it with the provider's metadata, and the issuer with the one in the provider's console (a server that is not active has none).",
			"Rien de tel n'existe à cette adresse : comparez-la aux métadonnées du fournisseur, et l'émetteur à celui de la console du fournisseur (un serveur qui n'est pas actif n'en a pas).")
	case e.Status == http.StatusTooManyRequests:
		return words.Say("Too many requests were made: wait a minute, and look for what else uses the provider's rate limit.",
			"Trop de requêtes ont été faites : attendez une minute, et cherchez ce qui consomme aussi la limite de débit du fournisseur.")
	case e.Status == http.StatusBadGateway || e.Status == http.StatusServiceUnavailable || e.Status == http.StatusGatewayTimeout:
		return words.Say("A gateway answered in the provider's place, or the provider is overloaded or being maintained: try again in a minute, then look at the provider's status page and at the proxy on the way.",
			"Une passerelle a répondu à la place du fournisseur, ou celui-ci est surchargé ou en maintenance : réessayez dans une minute, puis voyez la page d'état du fournisseur et le proxy sur le chemin.")
	case e.Status/100 == 5:
		return words.Say("The fault is the provider's: try again, then look into its log at this time (Okta Admin Console › Reports › System Log).",
			"L'erreur vient du fournisseur : réessayez, puis consultez son journal à cette heure (Okta Admin Console › Reports › System Log).")
	case e.Status/100 == 4:
		return words.Say("The provider does not accept the request and does not say why: compare the address and the client's settings with the provider's console.",
			"Le fournisseur n'accepte pas la demande et ne dit pas pourquoi : comparez l'adresse et les réglages du client à la console du fournisseur.")
	case e.Content == HTML:
		return words.Say("A page for people came where a program was to be answered: the address is wrong, or a proxy or a gateway shows its own page. Open the address in a browser on this machine and see.",
			"Une page destinée aux personnes est venue là où un programme attendait une réponse : l'adresse est fausse, ou un proxy ou une passerelle montre sa propre page. Ouvrez l'adresse dans un navigateur sur cette machine.")
	case e.Lacks != "":
		return words.Say("Something answers there that is not this endpoint: compare the address with the provider's metadata.",
			"Ce qui répond là n'est pas ce point d'accès : comparez l'adresse aux métadonnées du fournisseur.")
	}
	return words.Say("Something answers there, but not as the provider should: compare the address with the provider's metadata, and look at the proxy or gateway on the way.",
		"Quelque chose y répond, mais pas comme le devrait le fournisseur : comparez l'adresse aux métadonnées du fournisseur, et voyez le proxy ou la passerelle sur le chemin.")
}

// RedirectError is an answer that leads elsewhere, which is not followed.
type RedirectError struct{ Address string } // that was asked, without query

// Error says so.
func (e *RedirectError) Error() string { return e.text().In(words.English) }

func (e *RedirectError) text() words.Text {
	return words.Say("%s answered with a redirect, which is not followed", "%s a répondu par une redirection, qui n'est pas suivie", e.Address)
}

// Explain says what happened and what to do. ok is false for an error that is neither of the network nor of an answer;
// what is its text then.
func Explain(err error) (what, remedy words.Text, ok bool) {
	var answer *AnswerError
	var redirect *RedirectError
	var limit *outside.LimitError
	switch {
	case errors.As(err, &answer):
		return answer.Text(), answer.Remedy(), true
	case errors.As(err, &redirect):
		return redirect.text(), words.Say(
			"The address has moved, or a gateway wants a sign-in of its own first: use the address that it leads to, or let this machine through.",
			"L'adresse a changé, ou une passerelle exige d'abord sa propre connexion : utilisez l'adresse où elle mène, ou faites admettre cette machine."), true
	case errors.As(err, &limit):
		return words.Say("the answer %s", "la réponse dépasse ce qui est lu (%s)", limit.Error()), words.Say(
			"No provider sends that much: the address is wrong, or something else answers in its place.",
			"Aucun fournisseur n'en répond autant : l'adresse est fausse, ou quelqu'un répond à sa place."), true
	}
	for _, of := range []func(error) (words.Text, words.Text, bool){secure, reach} {
		if what, remedy, ok = of(err); ok {
			return at(err, what), remedy, ok
		}
	}
	return words.Literal(words.Printable(words.Shorten(err.Error(), maxShown))), words.Text{}, false
}

const maxShown = 300 // characters of an error without a sentence of its own

// at says which address it happened at, where the error tells.
func at(err error, what words.Text) words.Text {
	var request *url.Error
	if !errors.As(err, &request) {
		return what
	}
	u, parsed := url.Parse(request.URL)
	if parsed != nil {
		return what
	}
	return words.Say("%s: %s", "%s : %s", Plain(u), what)
}

// Plain is an address without what may be secret.
func Plain(u *url.URL) string {
	plain := *u
	plain.RawQuery, plain.User, plain.Fragment = "", nil, ""
	return plain.String()
}

// secure is for faults of TLS.
func secure(err error) (what, remedy words.Text, ok bool) {
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	var alert tls.AlertError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.As(err, &host):
		return words.Say("the certificate is for another host than %q", "le certificat est celui d'un autre hôte que %q", host.Host), words.Say(
			"The certificate is for another host. With a custom domain, its certificate has to be in place first (Okta Admin Console › Customizations › Domain); otherwise check the spelling of PSCHOOK_RP_ISSUER (--issuer).",
			"Le certificat est celui d'un autre hôte. Avec un domaine personnalisé, son certificat doit d'abord être en place (Okta Admin Console › Customizations › Domain) ; sinon, vérifiez l'écriture de PSCHOOK_RP_ISSUER (--issuer)."), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return words.Say("the certificate has expired, or is not valid yet", "le certificat a expiré, ou n'est pas encore valable"), words.Say(
			"Have the certificate renewed. If it is good elsewhere, the clock of this machine is wrong.",
			"Faites renouveler le certificat. S'il est bon ailleurs, l'horloge de cette machine est fausse."), true
	case errors.As(err, &unknown), errors.As(err, &verification):
		return words.Say("this machine does not trust the issuer of the certificate", "le certificat ne vient d'aucune autorité que cette machine connaisse"), words.Say(
			"A proxy that looks into TLS, or a certificate authority of your own: add its certificate to those of this machine (SSL_CERT_FILE), or let this address pass the proxy untouched. A self-signed certificate has to be replaced.",
			"Un proxy qui ouvre TLS, ou votre propre autorité de certification : ajoutez son certificat à ceux de cette machine (SSL_CERT_FILE), ou faites passer cette adresse sans y toucher. Un certificat auto-signé est à remplacer."), true
	case errors.As(err, &plain), errors.Is(err, http.ErrSchemeMismatch):
		return words.Say("the server does not speak TLS there", "le serveur n'y parle pas TLS"), words.Say(
			"The port is one for plain HTTP, or of another service: check host and port of the issuer.",
			"Le port est celui du HTTP en clair, ou d'un autre service : vérifiez l'hôte et le port de l'émetteur."), true
	case errors.As(err, &alert):
		return words.Say("the server ended the TLS handshake (%s)", "le serveur a interrompu la négociation TLS (%s)", alert.Error()), words.Say(
			"Server and client found no common ground: TLS 1.2 or later is needed, and some servers want a certificate of the client (PSCHOOK_RP_CLIENT_CERT_FILE, --client-cert).",
			"Serveur et client ne se sont pas accordés : il faut TLS 1.2 ou plus récent, et certains serveurs exigent un certificat du client (PSCHOOK_RP_CLIENT_CERT_FILE, --client-cert)."), true
	}
	return what, remedy, false
}

// reach is for servers that cannot be reached.
func reach(err error) (what, remedy words.Text, ok bool) {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return words.Say("the name %q is not known", "le nom %q est inconnu", dns.Name), words.Say(
			"Check the spelling of the issuer. If other machines know the name, the DNS server of this one does not (in a container: its resolver, and the network it is in).",
			"Vérifiez l'écriture de l'émetteur. Si d'autres machines connaissent ce nom, c'est le serveur DNS de celle-ci qui l'ignore (dans un conteneur : son résolveur, et son réseau)."), true
	case errors.As(err, &dns):
		return words.Say("the name %q could not be looked up", "le nom %q n'a pas pu être résolu", dns.Name), words.Say(
			"The DNS server of this machine does not answer: look at its network and its resolver.",
			"Le serveur DNS de cette machine ne répond pas : voyez son réseau et son résolveur."), true
	case errors.Is(err, syscall.ECONNREFUSED):
		return words.Say("nothing listens there: the connection was refused", "rien n'écoute là : la connexion a été refusée"), words.Say(
			"The server is down, the port is wrong, or a firewall refuses: check host and port of the issuer, and that the server runs.",
			"Le serveur est arrêté, le port est faux, ou un pare-feu refuse : vérifiez l'hôte et le port de l'émetteur, et que le serveur tourne."), true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return words.Say("no answer came in time", "aucune réponse n'est venue à temps"), words.Say(
			"The server is slow, or a firewall drops what is sent: try again; then see whether this machine may reach it, and whether a proxy is needed (HTTPS_PROXY).",
			"Le serveur est lent, ou un pare-feu jette ce qui est envoyé : réessayez ; puis voyez si cette machine peut le joindre, et s'il faut un proxy (HTTPS_PROXY)."), true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return words.Say("the network has no route to the server", "le réseau ne mène pas au serveur"), words.Say(
			"Look at the network of this machine: its route, its firewall, and whether a proxy is needed (HTTPS_PROXY).",
			"Voyez le réseau de cette machine : sa route, son pare-feu, et s'il faut un proxy (HTTPS_PROXY)."), true
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return words.Say("the server ended the connection in the middle", "le serveur a coupé la connexion en cours de route"), words.Say(
			"Something between ends connections (proxy, firewall, load balancer), or the server speaks no HTTP at this port: try again, then look there.",
			"Quelque chose en chemin coupe les connexions (proxy, pare-feu, répartiteur), ou le serveur ne parle pas HTTP à ce port : réessayez, puis cherchez là."), true
	}
	return what, remedy, false
}
