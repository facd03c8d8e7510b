// Package outside holds what comes from outside to bounds before anybody uses it: the size and shape of JSON texts, URLs,
// and the addresses that a server may lead to.
//
// It is ground floor: it imports no other package of this module.
package outside
