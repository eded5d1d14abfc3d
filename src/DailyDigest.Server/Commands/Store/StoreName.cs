using System.Data.Common;
using DailyDigest.AzureStorage;
using DailyDigest.Moving;
using DailyDigest.Sqlite;

namespace DailyDigest.Server.Commands;

/// <summary>
/// A store as it is named on the command line: <c>sqlite:FILE</c>, <c>azure:ACCOUNT</c>, or <c>azure:</c> for the account of
/// <c>Storage__Azure__ConnectionString</c>. A key never stands there: every user of the machine sees a command line.
/// </summary>
internal sealed class StoreName
{
    private readonly SqliteOptions? file;
    private readonly AzureStorageOptions? account;

    private StoreName(string text, SqliteOptions file) => (Text, this.file) = (text, file);

    private StoreName(string text, AzureStorageOptions account) => (Text, this.account) = (text, account);

    /// <summary>The name in full, without a key.</summary>
    public string Text { get; }

    /// <summary>True for a file.</summary>
    public bool IsFile => file is not null;

    /// <summary>Reads the name. The fault never repeats the text: it may be a key.</summary>
    public static (StoreName? Name, string? Fault) Parse(string text, IConfiguration configuration) =>
        text.StartsWith("sqlite:", StringComparison.Ordinal) ? OfFile(text["sqlite:".Length..], configuration)
        : text.StartsWith("azure:", StringComparison.Ordinal) ? OfAccount(text["azure:".Length..], configuration)
        : (null, "name a store as sqlite:FILE, azure:ACCOUNT, or azure: for the account of Storage__Azure__ConnectionString.");

    private static (StoreName?, string?) OfFile(string path, IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            return (null, "sqlite: names no file.");
        }

        // Limits are those of the settings. The journal is, too, if this is the file of the settings.
        var options = configuration.GetSection(SqliteOptions.Section).Get<SqliteOptions>() ?? new SqliteOptions();
        var full = Path.GetFullPath(path);
        options.Journal = Path.GetFullPath(options.Path) == full ? options.Journal : "";
        options.Path = full;
        return (new StoreName("sqlite:" + full, options), null);
    }

    private static (StoreName?, string?) OfAccount(string name, IConfiguration configuration)
    {
        var options = configuration.GetSection(AzureStorageOptions.Section).Get<AzureStorageOptions>() ?? new AzureStorageOptions();
        if (name.Contains('=', StringComparison.Ordinal) || name.Contains(';', StringComparison.Ordinal))
        {
            return (null, "a connection string must not stand on a command line, where every user sees it: set "
                + "Storage__Azure__ConnectionString, write azure:, and make a new key for the account.");
        }

        var connected = options.ConnectionString is { Length: > 0 } connection ? AccountOf(connection) : null;
        if (connected is not null && name.Length > 0 && name != connected)
        {
            return (null, $"azure:{name} is not the account of Storage__Azure__ConnectionString, which is {connected}: write azure:, or "
                + "take that setting away to use your own identity.");
        }

        if (connected is null && options.ConnectionString is not { Length: > 0 })
        {
            options.AccountName = name;
        }

        // With a connection string the name of the settings is not needed, and both would be a fault.
        options.AccountName = options.ConnectionString is { Length: > 0 } ? null : options.AccountName;
        var prefix = options.TablePrefix.Length > 0 ? $" with prefix {options.TablePrefix}" : "";
        return options.Validate().FirstOrDefault() is { } fault
            ? (null, name.Length == 0 ? "azure: needs Storage__Azure__ConnectionString, or a name as azure:ACCOUNT." : fault)
            : (new StoreName($"azure:{connected ?? name}{prefix}", options), null);
    }

    /// <summary>The name of the account in a connection string; null if it has none.</summary>
    private static string? AccountOf(string connection)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connection };
            return parts.TryGetValue("AccountName", out var name) ? (string)name
                : parts.TryGetValue("UseDevelopmentStorage", out _) ? "devstoreaccount1" : null;
        }
        catch (ArgumentException)
        {
            // The client says that it cannot be read.
            return null;
        }
    }

    /// <summary>Opens the store. Dispose what is returned beside it when the work has ended.</summary>
    /// <param name="creates">True if a missing file is to be created.</param>
    /// <param name="time">The clock.</param>
    public (StoreSide Side, IDisposable? Opened) Open(bool creates, TimeProvider time)
    {
        if (account is not null)
        {
            var (tables, contents) = AzureStorageServices.CreateForMove(account);
            return (new StoreSide(Text, tables, contents, AzureStorageServices.CreateQueueStore(account)), null);
        }

        var database = new SqliteDatabase(file!, time) { MayCreate = creates };
        var fence = new SqliteFence(database);
        return (new StoreSide(
            Text, new SqliteTableStore(database, time), new SqliteContents(database), new SqliteQueueStore(database, time))
        {
            HoldsNothingElse = true,
            Journal = new SqliteStoreJournal(database),
            CloseAsync = fence.CloseAsync,
            OpenAsync = fence.OpenAsync,
        }, database);
    }
}
