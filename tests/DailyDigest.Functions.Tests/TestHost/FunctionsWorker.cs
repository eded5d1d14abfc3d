using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using DailyDigest.Functions.Tests.TestHost.Protocol;

namespace DailyDigest.Functions.Tests.TestHost;

/// <summary>A running worker with its functions loaded, and what a host asks of it.</summary>
internal sealed class FunctionsWorker : IAsyncDisposable
{
    private readonly WorkerProcess process;
    private readonly WorkerChannel channel;
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    private readonly ConcurrentDictionary<string, byte> invocations = new();
    private TaskCompletionSource? invoked;

    private FunctionsWorker(WorkerProcess process, WorkerChannel channel) => (this.process, this.channel) = (process, channel);

    /// <summary>The functions as the worker reports them.</summary>
    public IReadOnlyList<FunctionTrigger> Functions { get; private set; } = [];

    /// <summary>Everything that the worker has sent to the host's log, and what it wrote to its output streams.</summary>
    public string Logged => string.Join('\n', channel.Logs.Select(log => log.ToString()).Append(process.Output));

    /// <summary>The lines it has sent to the host's log.</summary>
    public IReadOnlyCollection<RpcLog> Logs => channel.Logs;

    /// <summary>Starts a worker and takes it through the protocol up to the point where functions can be invoked.</summary>
    /// <exception cref="InvalidOperationException">The worker ended, or refused a step; with what it wrote.</exception>
    public static async Task<FunctionsWorker> StartAsync(
        FunctionsHost host, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        var channel = host.Expect(id);
        var worker = new FunctionsWorker(WorkerProcess.Start(host.Uri, id, settings), channel);
        try
        {
            await worker.BeginAsync(cancellationToken);
            return worker;
        }
        catch (OperationCanceledException)
        {
            await worker.DisposeAsync();
            throw;
        }
        catch (Exception exception)
        {
            await worker.DisposeAsync();
            throw new InvalidOperationException($"The worker did not start: {exception.Message}\n{worker.Logged}", exception);
        }
    }

    /// <summary>The function of that name.</summary>
    public FunctionTrigger Function(string name) => Functions.Single(function => function.Name == name);

    /// <summary>Invokes a timer's function, and requires that it succeeds.</summary>
    public Task TimerAsync(string function, CancellationToken cancellationToken) => InvokeAsync(
        function,
        new TypedData { Json = """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""" },
        Guid.NewGuid().ToString(), cancellationToken);

    /// <summary>Invokes a queue's function with a message, and requires that it succeeds.</summary>
    public Task QueueAsync(string function, string message, CancellationToken cancellationToken) =>
        InvokeAsync(function, new TypedData { String = message }, Guid.NewGuid().ToString(), cancellationToken);

    /// <summary>
    /// Answers an HTTP request by the function with the matching route: one message that starts the function, and the request itself to
    /// the worker's own web server. Both must succeed.
    /// </summary>
    public async Task<HttpResponseMessage> HttpAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        request.Headers.Add("x-ms-invocation-id", id);
        var function = Route(request.Method.Method, request.RequestUri!.OriginalString);
        var invocation = InvokeAsync(function, new TypedData { Http = new RpcHttp() }, id, cancellationToken);
        var response = await http.SendAsync(request, cancellationToken);
        await invocation;
        return response;
    }

    /// <summary>
    /// Posts the beginning of a body, and hangs up while the function reads the rest. Returns how the invocation ended.
    /// </summary>
    /// <param name="path">The request's path.</param>
    /// <param name="headers">Headers that announce a longer body.</param>
    /// <param name="body">The beginning of the body.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<StatusResult> HangUpAsync(string path, string headers, string body, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        var asked = AskAsync(Route("POST", path), new TypedData { Http = new RpcHttp() }, id, cancellationToken);
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port, cancellationToken);
            var head = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nx-ms-invocation-id: {id}\r\nExpect: 100-continue\r\n{headers}\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);

            // The worker's web server says "100 Continue" when the function begins to read the body.
            var answer = new byte[12];
            await client.GetStream().ReadExactlyAsync(answer, cancellationToken);
            Assert.Equal("HTTP/1.1 100", Encoding.ASCII.GetString(answer));
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(body), cancellationToken);
            client.LingerState = new LingerOption(true, 0);
        }

        return await asked;
    }

    /// <summary>Cancels the invocations that are running.</summary>
    public void CancelInvocations()
    {
        foreach (var id in invocations.Keys)
        {
            channel.Post(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = id } });
        }
    }

    /// <summary>Cancels the invocations and ends the worker, as the host does when it stops: all messages in one breath.</summary>
    public Task CancelAndTerminateAsync(CancellationToken cancellationToken)
    {
        CancelInvocations();
        return TerminateAsync(cancellationToken);
    }

    /// <summary>Completes when the next function is invoked, before the worker answers.</summary>
    public Task NextInvocation()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref invoked, next);
        return next.Task;
    }

    /// <summary>SIGTERM. The worker must end without an error.</summary>
    public async Task SignalAsync(CancellationToken cancellationToken)
    {
        var code = await process.StopAsync(cancellationToken);
        Assert.True(code == 0, $"The worker ended with {code}: {process.Output}");
    }

    /// <summary>Asks the worker to end, and requires that it ends without an error.</summary>
    public async Task TerminateAsync(CancellationToken cancellationToken)
    {
        channel.Post(new StreamingMessage { WorkerTerminate = new WorkerTerminate() });
        var code = await process.EndAsync(cancellationToken);
        Assert.True(code == 0, $"The worker ended with {code}: {process.Output}");
    }

    /// <summary>Waits for the worker's end, two minutes at most.</summary>
    public Task<int> EndAsync(CancellationToken cancellationToken) => process.EndAsync(cancellationToken);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync(CancellationToken cancellationToken) => process.KillAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.DisposeAsync();
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var ended = process.EndAsync(cancellationToken);
        if (await Task.WhenAny(channel.Connected, ended) == ended)
        {
            throw new InvalidOperationException($"it ended with {await ended}");
        }

        var init = (await channel.AskAsync(
            new StreamingMessage
            {
                WorkerInitRequest = new WorkerInitRequest
                {
                    HostVersion = "4.0.0",
                    WorkerDirectory = WorkerProcess.Folder,
                    FunctionAppDirectory = WorkerProcess.Folder,
                },
            }, cancellationToken)).WorkerInitResponse;
        Require(init.Result, "WorkerInitRequest");
        http.BaseAddress = new Uri(init.Capabilities["HttpUri"]);

        var metadata = (await channel.AskAsync(
            new StreamingMessage
            {
                FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = WorkerProcess.Folder },
            },
            cancellationToken)).FunctionMetadataResponse;
        Require(metadata.Result, "FunctionsMetadataRequest");
        Functions = [.. metadata.FunctionMetadataResults.Select(function => new FunctionTrigger(function))];
        foreach (var function in Functions)
        {
            var loaded = await channel.AskAsync(
                new StreamingMessage
                {
                    FunctionLoadRequest = new FunctionLoadRequest { FunctionId = function.Id, Metadata = function.Metadata },
                },
                cancellationToken);
            Require(loaded.FunctionLoadResponse.Result, function.Name);
        }

        await ListensAsync(http.BaseAddress, ended, cancellationToken).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
    }

    /// <summary>The worker answers its host before its own web server listens. A host tries a refused connection again.</summary>
    private static async Task ListensAsync(Uri address, Task ended, CancellationToken cancellationToken)
    {
        while (!ended.IsCompleted)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(address.Host, address.Port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Yield();
            }
        }
    }

    private async Task InvokeAsync(string name, TypedData data, string id, CancellationToken cancellationToken) =>
        Require(await AskAsync(name, data, id, cancellationToken), name);

    private async Task<StatusResult> AskAsync(string name, TypedData data, string id, CancellationToken cancellationToken)
    {
        var function = Function(name);
        var request = new InvocationRequest
        {
            InvocationId = id,
            FunctionId = function.Id,
            TraceContext = new RpcTraceContext(),
            RetryContext = new RetryContext(),
        };
        request.InputData.Add(new ParameterBinding { Name = function.Parameter, Data = data });
        invocations.TryAdd(id, 0);
        try
        {
            var asked = channel.AskAsync(new StreamingMessage { InvocationRequest = request }, cancellationToken);
            invoked?.TrySetResult();
            var answer = await asked;
            return answer.InvocationResponse.Result;
        }
        finally
        {
            invocations.TryRemove(id, out _);
        }
    }

    /// <summary>A function with exactly this route and method, else the one with the catch-all route.</summary>
    private string Route(string method, string path)
    {
        path = path.Split('?')[0].Trim('/');
        return Functions.Where(function => function.Type == "httpTrigger"
                && function.Methods?.Contains(method, StringComparer.OrdinalIgnoreCase) != false
                && (function.Route == path || function.Route!.StartsWith("{*", StringComparison.Ordinal)))
            .OrderByDescending(function => function.Route == path).First().Name;
    }

    private static void Require(StatusResult result, string what)
    {
        if (result.Status != StatusResult.Types.Status.Success)
        {
            var error = result.Exception;
            throw new InvalidOperationException($"{what}: {result.Status} {error?.Type} {error?.Message} {error?.StackTrace}");
        }
    }
}
