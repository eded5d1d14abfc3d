using System.Globalization;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The files of the real program: who may read them, and what happens if they are lost while it runs.</summary>
public sealed class StoreFilesTests : IDisposable
{
    private const UnixFileMode Wide = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    private readonly PublicationFixture publication = new(smtpPort: 1);

    public StoreFilesTests()
    {
        publication.Settings["Storage__Path"] = Database;
        publication.Settings["Mail__PickupFolder"] = Outbox;
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = publication.Made.Hour.ToString(CultureInfo.InvariantCulture);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(publication.Folder, "mail", "outbox");

    private string Database => Path.Combine(publication.Folder, "state", "data", "dailydigest.db");

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task Files_and_folders_are_their_owners_alone_whatever_the_umask()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no umask.");
        var hour = publication.Settings["Publication__Hour"];
        publication.Settings["Publication__Hour"] = hour == "0" ? "23" : "0";
        await using (var server = StartOpen("serve"))
        {
            await server.AddressAsync(Cancellation);
            Assert.Equal(
                ["dailydigest.db", "dailydigest.db-shm", "dailydigest.db-wal", "dailydigest.journal"],
                Directory.GetFiles(Path.GetDirectoryName(Database)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.All(Directory.GetFiles(Path.GetDirectoryName(Database)!), file => Assert.Equal(OwnFile, Mode(file)));
            Assert.Equal(0, await server.StopAsync(Cancellation));
        }

        Assert.False(File.Exists(Database + "-wal"));
        Assert.Equal((OwnFolder, OwnFolder), (Mode(Path.GetDirectoryName(Database)!), Mode(Path.Combine(publication.Folder, "state"))));

        publication.Settings["Publication__Hour"] = hour;

        // Files from before: of an older program, or of a copy.
        File.Move(Database, publication.DatabasePath);
        await publication.SeedAsync(2, Cancellation);
        File.Move(publication.DatabasePath, Database);
        SetMode(Database, Wide);
        var list = Path.Combine(publication.Folder, "readers.csv");
        await File.WriteAllTextAsync(list + ".part", "left over", Cancellation);
        SetMode(list + ".part", Wide);
        await EndAsync("run");
        await EndAsync("subscribers", "export", list);
        await EndAsync("backup", Path.Combine(publication.Folder, "copy.db"));

        Assert.Equal((OwnFolder, OwnFolder), (Mode(Outbox), Mode(Path.GetDirectoryName(Outbox)!)));
        Assert.Equal(2, Directory.GetFiles(Outbox, "*.eml").Length);
        Assert.All(
            [.. Directory.GetFiles(Outbox), Database, list, Path.Combine(publication.Folder, "copy.db")],
            file => Assert.Equal(OwnFile, Mode(file)));
    }

    [Fact]
    public async Task The_doctor_warns_of_files_that_others_may_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        Assert.Equal(0, (await RunAsync("run")).Code);
        Directory.CreateDirectory(Outbox);
        SetMode(Outbox, OwnFolder);
        Assert.Contains("files modes: OK", (await RunAsync("doctor")).Output, StringComparison.Ordinal);

        var mail = Path.Combine(Outbox, "a.eml");
        await File.WriteAllTextAsync(mail, "", Cancellation);
        SetMode(mail, Wide);
        SetMode(Path.GetDirectoryName(Database)!, OwnFolder | UnixFileMode.OtherExecute);
        var (_, output, _) = await RunAsync("doctor");
        Assert.Contains(
            $"files modes: warning: {Path.GetDirectoryName(Database)} has mode 0701, so other users of this machine can use it: chmod 700",
            output, StringComparison.Ordinal);
        Assert.Contains($"{mail} has mode 0644", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("preview")]
    [InlineData("stories list")]
    [InlineData("feeds list")]
    [InlineData("subscribers list")]
    [InlineData("subscribers export")]
    [InlineData("deliver")]
    [InlineData("backup copy.db")]
    public async Task A_verb_that_only_looks_creates_no_database(string words)
    {
        var (code, output, error) = await RunAsync(words.Split(' '));
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith($"There is no database at {Database}: set Storage__Path", error, StringComparison.Ordinal);
        Assert.Contains("storage probe: not checked: there is no database", (await RunAsync("doctor")).Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(publication.Folder, "state")));
    }

    [Fact]
    public async Task A_database_deleted_under_a_running_server_stops_it_and_is_not_begun_anew()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Device and inode are compared on Linux only.");
        await using var server = StartOpen("serve");
        var address = await server.AddressAsync(Cancellation);
        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Add("X-Api-Key", publication.Settings["Api__Keys"]);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync("/readyz", Cancellation)).StatusCode);

        var aside = Path.Combine(publication.Folder, "aside.db");
        File.Move(Database, aside);
        await server.LineAsync("Storage takes no writes", Cancellation);
        var answer = await client.GetAsync("/readyz", Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(
            "deleted or replaced while this program ran", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        var (code, _, error) = await RunAsync("status");
        Assert.Equal(1, code);
        Assert.Contains("restore FILE", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Database));

        File.Move(aside, Database);
        await server.LineAsync("Storage takes writes again", Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync("/readyz", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_backup_is_one_checked_file_and_never_overwrites()
    {
        await RunAsync("run");
        var copy = Path.Combine(publication.Folder, "copy.db");
        var (code, output, error) = await RunAsync("backup", copy);
        Assert.True(code == 0, error);
        Assert.Matches(@"^[\d,]+ bytes written to .*copy\.db; last change \d{4}-\d\d-\d\d \d\d:\d\d UTC\n$", output);
        await using (var connection = new SqliteConnection($"Data Source={copy};Pooling=False"))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT journal_mode || ' ' || (SELECT count(*) > 0 FROM rows) FROM pragma_journal_mode";
            Assert.Equal("delete 1", await command.ExecuteScalarAsync(Cancellation));
        }

        var before = await File.ReadAllBytesAsync(copy, Cancellation);
        (code, _, error) = await RunAsync("backup", copy);
        Assert.Equal((1, $"{copy} exists, and is not overwritten.\n"), (code, error));
        Assert.Equal(before, await File.ReadAllBytesAsync(copy, Cancellation));
        Assert.Equal(2, (await RunAsync("backup", Path.Combine(publication.Folder, "none", "copy.db"))).Code);
        Assert.Equal(2, (await RunAsync("backup")).Code);
        var folder = Path.Combine(publication.Folder, "copies", "daily");
        (code, _, error) = await RunAsync("backup", "--to", folder, "--keep", "2");
        Assert.Equal((0, ""), (code, error));
        Assert.Single(Directory.GetFiles(folder, "dailydigest-*.db"));
        Assert.Null(OwnerOnly.Wider(folder));
        Assert.Equal(2, (await RunAsync("backup", "a.db", "--keep", "1")).Code);
    }

    [Fact]
    public async Task Backups_into_a_folder_keep_the_newest_and_touch_nothing_else()
    {
        await RunAsync("run");
        var folder = Directory.CreateDirectory(Path.Combine(publication.Folder, "copies")).FullName;
        string[] names = ["dailydigest-20250101T000000Z.db", "dailydigest-20250102T000000Z.db", "dailydigest-mine.db", "other.db"];
        foreach (var name in names)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), "", Cancellation);
        }

        var (code, output, error) = await RunAsync("backup", "--to", folder, "--keep", "2");
        Assert.True(code == 0, error);
        Assert.Contains("dailydigest-20250101T000000Z.db deleted\n", output, StringComparison.Ordinal);
        var left = Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(5 - 1, left.Count);
        Assert.Equal(names[1..], left.Intersect(names));
    }

    private static UnixFileMode Mode(string path) =>
        OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private ServerProcess StartOpen(params string[] arguments) =>
        ServerProcess.StartWithUmask("0", publication.Folder, publication.Settings, arguments);

    private async Task EndAsync(params string[] arguments)
    {
        await using var server = StartOpen(arguments);
        Assert.True(await server.EndAsync(Cancellation) == 0, server.Output);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => CommandsTests.RunAsync(publication, args);
}
