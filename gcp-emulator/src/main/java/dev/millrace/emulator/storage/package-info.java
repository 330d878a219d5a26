/**
 * Cloud Storage's JSON API, objects on disk.
 *
 * @see <a href="https://cloud.google.com/storage/docs/json_api/v1">Cloud Storage JSON API overview</a>
 */
package dev.millrace.emulator.storage;
