// Package hooks holds a test only: the hooks that the guide to the emulator shows,
// in Node.js, Python and Java, are run as they stand and judged by package oktaemu.
package hooks
