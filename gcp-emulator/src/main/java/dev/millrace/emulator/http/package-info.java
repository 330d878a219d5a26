/** What the emulated HTTP APIs have in common: a server on the loopback, faults to order, a log of calls. */
package dev.millrace.emulator.http;
