/** Measures Millrace from outside: starts it as its user does, and calls its public API. */
package dev.millrace.benchmarks;
