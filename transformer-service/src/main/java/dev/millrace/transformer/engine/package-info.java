/** Hands columns of rows to an engine, which writes them and calculates with them. */
package dev.millrace.transformer.engine;
