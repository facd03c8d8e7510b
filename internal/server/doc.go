// Package server puts the service together. It builds the parts from the configuration, mounts them
// on Echo, listens, and stops without losing a call.
//
// It decides nothing about tokens; packages commands and hook do. It reads the files that the
// configuration names and opens listeners. It sends no request until [Server.Run].
package server
