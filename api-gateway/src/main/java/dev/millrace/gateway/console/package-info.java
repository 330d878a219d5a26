/**
 * The pages for people, made on the server: a controller collects what a page shows into a record, and a template of
 * {@code src/main/jte} shows it. Every page can be read, and every form sent, without script.
 */
package dev.millrace.gateway.console;
