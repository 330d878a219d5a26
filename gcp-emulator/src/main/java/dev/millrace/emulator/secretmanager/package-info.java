/**
 * Secret Manager, over gRPC without TLS, as far as reading secrets goes.
 *
 * @see <a href="https://cloud.google.com/secret-manager/docs/reference/rpc">Secret Manager RPC reference</a>
 */
package dev.millrace.emulator.secretmanager;
