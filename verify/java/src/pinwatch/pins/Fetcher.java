package pinwatch.pins;

import java.io.IOException;

/**
 * Gets a bundle from a URL, for whoever has a stack of their own. It must not be pinned: the signatures protect the
 * bundle, and the one that ends a mismatch has to arrive during the mismatch. It follows no redirects, and has no
 * cookies and no cache.
 */
public interface Fetcher {
    /**
     * @param url with the query, if there is one
     * @param etag sent as {@code If-None-Match}; null if there is none
     * @throws IOException for any answer but 200, and 304 if there was an ETag
     */
    Fetched fetch(String url, String etag) throws IOException;
}
