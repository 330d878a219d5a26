/**
 * Google's protocols as far as Millrace speaks them, over real HTTP and gRPC on the loopback: for tests, and to see
 * the cloud's path on a laptop. Each behaviour is written from Google's documentation, which is cited beside it.
 */
package dev.millrace.emulator;
