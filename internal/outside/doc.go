// Package outside holds what comes from outside to bounds before anybody uses it: the shape of JSON texts.
//
// It is ground floor: it imports no other package of this module.
package outside
