/** Certificates and keys, for whatever kind of source. */
package dev.millrace.extractor.tls;
