/** Records in the bytes of a file or an answer, by what the pipeline file says of their format. */
package dev.millrace.extractor.format;
