// Package server puts the service together: it builds the parts from the
// configuration, mounts them on Echo, listens, and stops without losing a call.
//
// It decides nothing about tokens; that is the business of packages commands and
// hook. It reads the files that the configuration names and opens listeners, but
// calls nobody until [Server.Run].
package server
