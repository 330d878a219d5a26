package dev.millrace.emulator.storage;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.http.Answer;
import dev.millrace.emulator.http.Api;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.http.HttpEndpoint;
import dev.millrace.emulator.http.PartialResponse;
import dev.millrace.emulator.http.Request;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** The routes of the JSON API. */
public final class StorageApi implements Api {
    private static final int LARGEST_PAGE = 1_000;
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    private final Buckets buckets;
    private final ResumableUploads resumable;

    private StorageApi(Buckets buckets) {
        this.buckets = buckets;
        this.resumable = new ResumableUploads(buckets);
    }

    public static void serve(HttpEndpoint endpoint, Buckets buckets) {
        StorageApi api = new StorageApi(buckets);
        endpoint.serve("/storage/v1/b", api);
        endpoint.serve("/download/storage/v1/b", api);
        endpoint.serve("/upload/storage/v1/b", api);
    }

    @Override
    public Answer handle(Request request) throws IOException {
        List<String> segments = request.segments();
        return switch (segments.getFirst()) {
            case "upload" -> upload(request, segments.get(4));
            case "download" -> objects(request, segments.subList(4, segments.size()));
            default -> objects(request, segments.subList(3, segments.size()));
        };
    }

    /** @param segments after {@code /b/}; none: the buckets themselves */
    private Answer objects(Request request, List<String> segments) throws IOException {
        String method = request.method();
        return switch (segments.size()) {
            case 0 -> insertBucket(request);
            case 1 -> bucket(segments.getFirst());
            case 2 -> list(request, segments.getFirst());
            case 3 -> {
                String bucket = segments.getFirst();
                String name = segments.get(2);
                yield switch (method) {
                    case "GET" ->
                        "media".equals(request.query().get("alt"))
                                ? download(request, bucket, name)
                                : metadata(request, bucket, name);
                    case "DELETE" -> {
                        buckets.delete(
                                bucket, name, Preconditions.number(request, "generation"), Preconditions.of(request));
                        yield Answer.empty(204);
                    }
                    default -> throw unknown(request);
                };
            }
            case 8 -> {
                if (!segments.get(3).equals("rewriteTo")) {
                    throw unknown(request);
                }
                yield rewrite(request, segments.getFirst(), segments.get(2), segments.get(5), segments.get(7));
            }
            default -> throw unknown(request);
        };
    }

    private static ApiException unknown(Request request) {
        return new ApiException(404, "notFound", "not emulated: " + request.method() + " " + request.target());
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/buckets/insert */
    private Answer insertBucket(Request request) throws IOException {
        String name = request.json().path("name").asText();
        if (buckets.exists(name)) {
            throw new ApiException(409, "conflict", "Your previous request to create the named bucket succeeded.");
        }
        buckets.create(name);
        return bucket(name);
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/buckets/get */
    private Answer bucket(String name) {
        if (!buckets.exists(name)) {
            throw new ApiException(404, "notFound", "The specified bucket does not exist.");
        }
        return Answer.json(
                200,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("kind", "storage#bucket")
                        .put("id", name)
                        .put("name", name)
                        .put("location", "EU"));
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/objects/list */
    private Answer list(Request request, String bucket) {
        String prefix = request.parameter("prefix").orElse("");
        String delimiter = request.parameter("delimiter").orElse("");
        int most = Math.min(
                LARGEST_PAGE,
                request.parameter("maxResults").map(Integer::valueOf).orElse(LARGEST_PAGE));
        // the token of a page is the last name of the one before
        String after = request.parameter("pageToken").orElse("");
        ObjectNode page = JsonNodeFactory.instance.objectNode().put("kind", "storage#objects");
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        NavigableSet<String> folders = new TreeSet<>();
        String last = "";
        for (StoredObject object : buckets.list(bucket, prefix)) {
            String name = object.name();
            int end = delimiter.isEmpty() ? -1 : name.indexOf(delimiter, prefix.length());
            String shown = end < 0 ? name : name.substring(0, end + delimiter.length());
            if ((!after.isEmpty() && shown.compareTo(after) <= 0) || folders.contains(shown)) {
                continue;
            }
            if (items.size() + folders.size() == most) {
                page.put("nextPageToken", last);
                break;
            }
            if (end < 0) {
                items.add(object.resource());
            } else {
                folders.add(shown);
            }
            last = shown;
        }
        if (!items.isEmpty()) {
            page.set("items", items);
        }
        if (!folders.isEmpty()) {
            folders.forEach(page.putArray("prefixes")::add);
        }
        return Answer.json(200, PartialResponse.of(request, page));
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/objects/get */
    private Answer metadata(Request request, String bucket, String name) {
        return Answer.json(
                200, PartialResponse.of(request, found(request, bucket, name).resource()));
    }

    /**
     * The bytes, or the range of them that is asked for, with the checksums of the whole object.
     *
     * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/objects/get#parameters">alt=media</a>
     * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/parameters#range">Range</a>
     */
    private Answer download(Request request, String bucket, String name) {
        StoredObject object = found(request, bucket, name);
        Map<String, String> headers = headers(object);
        if (object.contentEncoding().equals("gzip")) {
            if (!request.header("accept-encoding").orElse("").contains("gzip")) {
                return unpacked(object, headers);
            }
            headers.put("Content-Encoding", "gzip");
        }
        long size = object.size();
        long first = 0;
        long last = size - 1;
        String range = request.header("range").orElse("");
        Matcher parsed = RANGE.matcher(range);
        if (parsed.matches()) {
            first = Long.parseLong(parsed.group(1));
            last = parsed.group(2).isEmpty() ? last : Math.min(last, Long.parseLong(parsed.group(2)));
            // an object without bytes has no range:
            // https://cloud.google.com/storage/docs/json_api/v1/status-codes#416-requested-range-not-satisfiable
            if (first >= size) {
                throw new ApiException(416, "requestedRangeNotSatisfiable", "Request range not satisfiable");
            }
        }
        long from = first;
        long length = last - first + 1;
        Answer answer =
                new Answer(parsed.matches() ? 206 : 200, headers, length, () -> section(object.data(), from, length));
        return parsed.matches() ? answer.with("Content-Range", "bytes " + first + "-" + last + "/" + size) : answer;
    }

    private static Map<String, String> headers(StoredObject object) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", object.resource().path("contentType").asText());
        headers.put("X-Goog-Generation", Long.toString(object.generation()));
        headers.put("X-Goog-Metageneration", "1");
        headers.put(
                "X-Goog-Stored-Content-Encoding",
                object.contentEncoding().isEmpty() ? "identity" : object.contentEncoding());
        headers.put("X-Goog-Stored-Content-Length", Long.toString(object.size()));
        headers.put("X-Goog-Hash", "crc32c=" + object.crc32c() + ",md5=" + object.md5());
        return headers;
    }

    /**
     * All of it, whatever range was asked for, and neither the length nor the encoding of what is stored.
     *
     * @see <a href="https://cloud.google.com/storage/docs/transcoding">Transcoding of gzip-compressed files</a>
     */
    private static Answer unpacked(StoredObject object, Map<String, String> headers) {
        return new Answer(200, headers, -1, () -> new GZIPInputStream(Files.newInputStream(object.data()), 64 * 1024));
    }

    private static InputStream section(Path file, long from, long length) throws IOException {
        InputStream in = Files.newInputStream(file);
        in.skipNBytes(from);
        return new Limited(in, length);
    }

    private StoredObject found(Request request, String bucket, String name) {
        StoredObject object = buckets.find(bucket, name)
                .filter(found -> request.parameter("generation")
                        .map(wanted -> Long.parseLong(wanted) == found.generation())
                        .orElse(true))
                .orElseThrow(() -> new ApiException(404, "notFound", "No such object: " + bucket + "/" + name));
        Preconditions.of(request).check(object);
        return object;
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/objects/insert */
    private Answer upload(Request request, String bucket) throws IOException {
        String id = request.query().get("upload_id");
        if (id != null) {
            return request.method().equals("DELETE") ? resumable.cancel(id) : resumable.put(request, id);
        }
        return switch (request.parameter("uploadType").orElse("")) {
            case "resumable" -> {
                ObjectNode metadata = encoded(request, request.json());
                yield resumable.begin(request, bucket, name(request, metadata), metadata);
            }
            case "multipart" -> multipart(request, bucket);
            case "media" -> {
                ObjectNode metadata = encoded(request, Checked.sentInHeader(request));
                request.header("content-type").ifPresent(type -> metadata.put("contentType", type));
                Path file = buckets.scratch(bucket);
                Checksums checksums = new Checksums();
                try (OutputStream out = new Summed(Files.newOutputStream(file), checksums)) {
                    request.body().transferTo(out);
                }
                yield stored(request, bucket, metadata, file, checksums);
            }
            default -> throw unknown(request);
        };
    }

    /** Metadata first, then the bytes: https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects */
    private Answer multipart(Request request, String bucket) throws IOException {
        Multipart parts = new Multipart(request);
        parts.next();
        parts.header();
        ObjectNode metadata = encoded(request, Request.parse(parts.content()));
        parts.next();
        String type = parts.header().getOrDefault("content-type", "application/octet-stream");
        if (!metadata.has("contentType")) {
            metadata.put("contentType", type);
        }
        Path file = buckets.scratch(bucket);
        Checksums checksums = new Checksums();
        try (OutputStream out =
                new BufferedOutputStream(new Summed(Files.newOutputStream(file), checksums), 64 * 1024)) {
            parts.copyTo(out);
        }
        return stored(request, bucket, metadata, file, checksums);
    }

    private Answer stored(Request request, String bucket, ObjectNode metadata, Path file, Checksums checksums)
            throws IOException {
        StoredObject object =
                buckets.put(bucket, name(request, metadata), metadata, file, checksums, Preconditions.of(request));
        return Answer.json(200, object.resource());
    }

    /** https://cloud.google.com/storage/docs/json_api/v1/objects/insert, contentEncoding */
    private static ObjectNode encoded(Request request, ObjectNode metadata) {
        request.parameter("contentEncoding").ifPresent(encoding -> metadata.put("contentEncoding", encoding));
        return metadata;
    }

    private static String name(Request request, ObjectNode metadata) {
        String name = request.parameter("name").orElse(metadata.path("name").asText(""));
        if (name.isEmpty()) {
            throw new ApiException(400, "required", "Required");
        }
        return name;
    }

    /**
     * Copies in one go, as Cloud Storage does within a location and a storage class.
     *
     * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite">Objects: rewrite</a>
     */
    private Answer rewrite(Request request, String bucket, String name, String toBucket, String toName)
            throws IOException {
        StoredObject source = buckets.find(bucket, name)
                .orElseThrow(() -> new ApiException(404, "notFound", "No such object: " + bucket + "/" + name));
        ObjectNode metadata = request.json();
        if (!metadata.has("contentType")) {
            metadata.set("contentType", source.resource().path("contentType"));
        }
        if (!metadata.has("contentEncoding") && source.resource().has("contentEncoding")) {
            metadata.set("contentEncoding", source.resource().path("contentEncoding"));
        }
        if (!metadata.has("metadata") && source.resource().has("metadata")) {
            metadata.set("metadata", source.resource().path("metadata"));
        }
        Path file = buckets.scratch(toBucket);
        Checksums checksums = new Checksums();
        try (OutputStream out = new Summed(Files.newOutputStream(file), checksums)) {
            Files.copy(source.data(), out);
        }
        StoredObject copy = buckets.put(toBucket, toName, metadata, file, checksums, Preconditions.of(request));
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("kind", "storage#rewriteResponse")
                .put("totalBytesRewritten", Long.toString(copy.size()))
                .put("objectSize", Long.toString(copy.size()))
                .put("done", true);
        answer.set("resource", copy.resource());
        return Answer.json(200, answer);
    }
}
