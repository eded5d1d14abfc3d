namespace DailyDigest.Content;

/// <summary>The kinds of fault that end the reading of a feed. Each has its own advice.</summary>
public enum FeedProblem
{
    /// <summary>The document cannot be read: faulty XML or JSON, a wrong compression, too many parts.</summary>
    Unreadable,

    /// <summary>The URL, or one to which it redirects, is not http or https, or carries a password.</summary>
    Address,

    /// <summary>The host is on a private network, or a cloud's own service.</summary>
    PrivateAddress,

    /// <summary>The host name is not known.</summary>
    UnknownHost,

    /// <summary>The server does not take the connection, or loses it.</summary>
    Connection,

    /// <summary>The certificate or the handshake of TLS was refused.</summary>
    Certificate,

    /// <summary>It took longer than the limit.</summary>
    TooSlow,

    /// <summary>The server has nothing at this address: 404 or 410.</summary>
    Gone,

    /// <summary>The server refuses us: 401 or 403.</summary>
    Forbidden,

    /// <summary>The server asks to come less often: 429.</summary>
    TooOften,

    /// <summary>The server has a fault of its own: 500 and above.</summary>
    Server,

    /// <summary>Another status than 200.</summary>
    Status,

    /// <summary>A page of HTML. It may name its feeds.</summary>
    Page,

    /// <summary>A document that is neither a feed nor a page.</summary>
    NoFeed,

    /// <summary>Larger than the limit.</summary>
    TooLarge,

    /// <summary>A feed of whose entries none can be used.</summary>
    NoEntry,
}

/// <summary>How a feed is.</summary>
public enum FeedState
{
    /// <summary>The last reading found nothing odd.</summary>
    Good,

    /// <summary>It is read, with repairs, or without some of its entries.</summary>
    Odd,

    /// <summary>It was not read yet.</summary>
    New,

    /// <summary>The last poll failed; the next one may succeed.</summary>
    Unsteady,

    /// <summary>It failed so often in a row that it needs a person.</summary>
    Failing,

    /// <summary>An editor paused it.</summary>
    Paused,
}
