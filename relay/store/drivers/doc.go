// Package drivers measures the SQLite driver of the store beside one that is
// written in C, to tell what a program without C costs. It holds no code but
// its benchmark, and is a module of its own: the program's go.mod does not
// name the C driver, and the program's tests need no C compiler.
//
// Both drivers get the tables of the store, read from its sources, with its
// settings, and do its work of putting what arrives on disk, of entering it
// into the tables, of reading a page and of looking through rows. They take turns in each round, each on a database of
// its own in the same folder, so that noise of the machine hits both alike.
// "make bench-drivers" runs it, and prints the table of relay/README.md.
package drivers
