/** The gateway's public API, as the command line calls it. */
package dev.millrace.standalone.client;
