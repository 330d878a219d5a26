/** Records that were sent to the gateway. */
package dev.millrace.extractor.upload;
