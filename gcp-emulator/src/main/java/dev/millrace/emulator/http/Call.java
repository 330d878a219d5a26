package dev.millrace.emulator.http;

/**
 * One call that was made.
 *
 * @param method such as {@code POST}; {@code GRPC} for a call of gRPC
 * @param path with its query, as sent
 * @param caller e-mail address of the service account whose token came along; empty: none did
 * @param status as answered; 0: the connection was cut
 */
public record Call(String method, String path, String caller, int status) {}
