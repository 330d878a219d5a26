/** The command line: everything on one machine, and a client of a gateway. */
package dev.millrace.standalone;
