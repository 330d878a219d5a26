/** Which addresses sources may have. */
package dev.millrace.extractor.network;
