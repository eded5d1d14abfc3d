using DailyDigest.Demo;
using DailyDigest.Web;

namespace DailyDigest.Server;

/// <summary>Connects the demonstration. Release builds leave this file and the project DailyDigest.Demo out.</summary>
public static partial class ServerHost
{
    static partial void AddDemo(WebApplicationBuilder builder) => builder.AddDemo();

    static partial void MapDemo(WebApplication app) => app.MapDemo(DeskSignIn.SignInToDeskAsync);

    static partial void MakeHistory(WebApplication app, CancellationToken cancellationToken, ref Task made) =>
        made = app.MakeHistoryAsync(cancellationToken);
}
