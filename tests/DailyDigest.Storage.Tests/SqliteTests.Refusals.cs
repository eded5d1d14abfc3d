using DailyDigest.Sqlite;

namespace DailyDigest.Storage.Tests;

/// <summary>Foreign and damaged files, and invalid paths.</summary>
public sealed partial class SqliteTests
{
    private string Refusal()
    {
        using var database = file.Open();
        var message = Assert.Throws<StorageException>(database.Open).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    [Fact]
    public void A_newer_file_is_refused_untouched()
    {
        using (var database = file.Open())
        {
            database.Open();
        }

        Sql("PRAGMA user_version = 99");

        Assert.Contains("version 99", Refusal(), StringComparison.Ordinal);
        Assert.Equal(99L, Sql("PRAGMA user_version"));
    }

    [Fact]
    public void Another_programs_database_is_refused_untouched()
    {
        Sql("CREATE TABLE theirs (a)");
        var before = File.ReadAllBytes(file.Path);

        Assert.Contains("another program", Refusal(), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_untouched()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file.Path)!);
        File.WriteAllText(file.Path, new string('x', 5000));

        Assert.Contains("not a database", Refusal(), StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), File.ReadAllText(file.Path));
    }

    [Theory]
    [InlineData(0.5, 1.0)]
    [InlineData(0.1, 0.2)]
    public async Task A_damaged_file_is_refused(double from, double to)
    {
        using (var database = file.Open())
        {
            for (var i = 0; i < 20; i++)
            {
                await InsertAsync(database, $"{i:d2}", new byte[5000]);
            }
        }

        var bytes = File.ReadAllBytes(file.Path);
        bytes.AsSpan((int)(bytes.Length * from)..(int)(bytes.Length * to)).Fill(0xee);
        File.WriteAllBytes(file.Path, bytes);

        Assert.Contains("damaged", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_cut_short_is_refused()
    {
        using (var database = file.Open())
        {
            await InsertAsync(database, "a", new byte[60_000]);
        }

        using (var stream = File.OpenWrite(file.Path))
        {
            stream.SetLength(stream.Length / 2);
        }

        Assert.Contains("damaged", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_row_is_named()
    {
        using var database = file.Open();
        await InsertAsync(database, "bad");
        await InsertAsync(database, "good");
        Sql("UPDATE rows SET properties = '{\"value\":[1]}' WHERE row = 'bad'");

        var error = await Assert.ThrowsAsync<StorageException>(() => Tables(database).GetAsync(Storage.Tables.Feeds, "feed", "bad", Stop));

        Assert.Contains("row bad", error.Message, StringComparison.Ordinal);
        Assert.NotNull(await Tables(database).GetAsync(Storage.Tables.Feeds, "feed", "good", Stop));
    }

    [Fact]
    public void A_folder_that_cannot_be_created_and_a_folder_as_path_are_refused()
    {
        File.WriteAllText(Path.GetDirectoryName(file.Path)!, "a file where the folder should be");
        Assert.Contains("Storage__Path", Refusal(), StringComparison.Ordinal);

        File.Delete(Path.GetDirectoryName(file.Path)!);
        Directory.CreateDirectory(file.Path);
        Assert.Contains("Storage__Path", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0, 1, "Storage__Path")]
    [InlineData("a.db", -1, 1, "Storage__MaxMegabytes")]
    [InlineData("a.db", 0, 0, "Storage__LockTimeout")]
    public void A_wrong_setting_is_named(string path, int megabytes, int seconds, string setting) =>
        Assert.Contains(setting, Assert.Single(
            new SqliteOptions { Path = path, MaxMegabytes = megabytes, LockTimeout = TimeSpan.FromSeconds(seconds) }.Validate()),
                StringComparison.Ordinal);
}
